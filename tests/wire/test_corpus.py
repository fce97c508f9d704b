"""The list of replay cases names what is there: recordings, and tests."""

import re
from pathlib import Path

from tests.wire.corpus import FOLDER

ROOT = Path(__file__).resolve().parents[2]
PAGE = (FOLDER / "README.md").read_text()
CASES = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)


def test_all_cases_are_on_the_list() -> None:
    assert [int(number) for number, _, _ in CASES] == list(range(1, 26))


def test_what_the_list_names_is_there() -> None:
    for _, _, played in CASES:
        assert (names := re.findall(r"`([^`]+)`", played))
        for name in names:
            path, _, test = name.partition("::")
            if test:
                assert f"def {test}(" in (ROOT / path).read_text(), name
            else:
                assert list(FOLDER.glob(f"{name}.*")), name


def test_every_kind_of_recording_is_explained() -> None:
    explained = set(re.findall(r"`\*((?:\.[a-z]+)+)`", PAGE)) | {".txt", ".py", ".md"}
    for path in FOLDER.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert any(path.name.endswith(suffix) for suffix in explained), path.name
