"""The examples of docs/api.md are run, block after block, against the real platform."""

import os
import re
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.isolation_policy import POLICY
from tests.live import NewLive
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key, tenant
from usage.rest.serializers import OUTCOMES

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text()


@pytest.mark.slow
def test_every_example_of_the_page_succeeds(new_live: NewLive) -> None:
    platform = new_live().start()
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE, re.S | re.M)
    assert len(blocks) > 8
    settings = f"PATCHBAY={platform.url}\nKEY={platform.tenant().key}\n"
    script = re.sub(r"^(PATCHBAY|KEY)=.*\n", "", "\n".join(blocks), flags=re.M)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", settings + script],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [orjson.loads(line) for line in done.stdout.splitlines() if line]
    assert len(answers) > 8, "each answer ends with its line"
    assert '"status":"queued"' in done.stdout.replace(" ", "")


@pytest.mark.django_db
def test_the_error_on_the_page_is_the_real_one() -> None:
    shown = re.findall(r"^```json\n(.*?)^```", PAGE, re.S | re.M)[-1]
    caller = Caller(api_key(tenant())[1])
    assert caller.post("/api/v1/agents", {"nmae": "Reception"}).json() == orjson.loads(shown)


def test_every_outcome_and_every_filter_is_on_the_page() -> None:
    table = PAGE.partition("| `outcome` | means |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [*OUTCOMES]
    rows = PAGE.partition("| list | can be narrowed by |")[2].partition("\n\n")[0].splitlines()
    named = {row.split("`")[1]: set(re.findall(r"`([\w-]+)`", row)[1:]) for row in rows[2:]}
    assert named == {
        route.rpartition("/")[2]: each.filters.keys() - {"group"}
        for route, each in POLICY.items()
        if each.filters
    }
