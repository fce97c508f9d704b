"""docs/egress.md says all that the code does."""

import inspect
import re
from pathlib import Path

import pytest

from egress import errors, hops, lookups
from egress.addresses import GLOBAL_V6, SPECIAL_V4, SPECIAL_V6
from egress.exchange import Clocks
from egress.pool import IDLE_LIMIT, MAX_CONNECTIONS
from egress.resolve import MAX_ADDRESSES, NEGATIVE_TTL
from egress.response import HIGH_WATER, MAX_FIELDS, MAX_HEAD

PAGE = (Path(__file__).resolve().parents[2] / "docs/egress.md").read_text()


@pytest.mark.parametrize("network", [*SPECIAL_V4, GLOBAL_V6, *SPECIAL_V6], ids=str)
def test_every_range_is_on_the_page(network: object) -> None:
    assert re.search(rf"(?<![\d:.]){re.escape(str(network))}\b", PAGE)


def rows() -> dict[str, list[str]]:
    """The cells of the error table by category."""
    found = {}
    for line in PAGE[PAGE.index("| category |") :].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`(\w+)`", cells[0]):
            found[name] = cells
    return found


def test_every_error_is_in_the_table_with_its_code_and_whether_it_is_retryable() -> None:
    known = [each for each in vars(errors).values() if inspect.isclass(each)]
    plain = {errors.EgressError, errors.TimedOut}
    made: list[errors.EgressError] = [each("x") for each in {*known, hops.LoopRefused} - plain]
    made += [errors.TimedOut(clock, 1) for clock in Clocks.__dataclass_fields__]
    table = rows()
    for error in made:
        cells = table[error.category]
        assert cells[1] == f"`{error.code}`"
        assert cells[3] == ("yes" if error.retryable else "no")


def test_every_category_that_the_code_names_is_in_the_table() -> None:
    source = "".join(path.read_text() for path in Path(inspect.getfile(errors)).parent.glob("*.py"))
    named = set(re.findall(r'"(closed|no_answer|truncated|malformed|redirect|encoded)"', source))
    assert named | {"head_too_large"} <= rows().keys()


def test_the_clocks_and_limits_on_the_page_are_those_of_the_code() -> None:
    clocks = Clocks()
    for name in Clocks.__dataclass_fields__:
        assert f"| `{name}` | {getattr(clocks, name):g} |" in PAGE
    assert f"{MAX_HEAD // 1024} KiB and {MAX_FIELDS} fields" in PAGE
    assert f"At most {HIGH_WATER // 1024} KiB" in PAGE
    assert f"for {IDLE_LIMIT:g} seconds idle" in PAGE
    assert f"at most {MAX_CONNECTIONS} at once" in PAGE
    assert f"1 to {MAX_ADDRESSES} addresses" in PAGE
    assert f"remembered for {NEGATIVE_TTL:g} seconds" in PAGE


def test_the_bounds_of_lookups_on_the_page_are_those_of_the_code() -> None:
    table = PAGE.partition("## Lookups")[2].partition("##")[0]
    told = re.findall(r"^\| .* \| (\d[\d.]*)(?: s)?(?:;.*|, .*)? \|$", table, re.MULTILINE)
    assert [float(each) for each in told] == [
        lookups.PER_OWNER, lookups.PLACES, lookups.PATIENCE, lookups.SLOW_FOR,
        lookups.SLOW_PLACES, lookups.MOST_THREADS, lookups.MOST_QUEUED,
    ]  # fmt: skip
    assert f"longer\n   than {lookups.LIMIT:g} s" in PAGE
