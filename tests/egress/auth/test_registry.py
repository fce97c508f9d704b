import sys
from pathlib import Path
from types import ModuleType

import pytest

from egress.auth.registry import UnknownAuthType, auth_type_named, auth_types, collect

FILE = """
from egress.auth.base import AuthType
class Extra(AuthType):
    name = "extra"
    label = "Extra"
    def headers(self, fields, secrets):
        return ()
"""


def package(folder: Path, name: str, *files: str) -> ModuleType:
    (folder / name).mkdir()
    for file in files:
        (folder / name / file).write_text(FILE)
    module = ModuleType(name)
    module.__path__ = [str(folder / name)]
    sys.modules[name] = module
    return module


def test_the_types_of_the_contract_are_there() -> None:
    assert set(auth_types()) >= {"bearer", "header", "none"}
    assert auth_type_named("none").label == "None"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownAuthType):
        auth_type_named("no-such-type")


def test_a_new_file_is_all_it_takes(tmp_path: Path) -> None:
    assert set(collect(package(tmp_path, "fresh_auth", "extra.py"))) == {"extra"}


def test_a_name_used_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="same name"):
        collect(package(tmp_path, "double_auth", "one.py", "two.py"))


def test_every_type_says_what_its_fields_are() -> None:
    for each in auth_types().values():
        for field in (*each.fields, *each.secret_fields):
            assert field.name.isidentifier()
            assert field.label
            assert field.help.endswith(".")


def test_every_type_is_named_like_its_file_and_has_a_test_file_of_that_name() -> None:
    for name, each in auth_types().items():
        assert type(each).__module__ == f"egress.auth.{name}"
        tests = Path(__file__).with_name(f"test_{name}.py")
        assert tests.exists(), f"{tests.name} is missing"
        assert f'auth_type_named("{name}")' in tests.read_text()
