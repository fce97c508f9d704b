"""The shape of the repository itself."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_platform_is_a_source_root_and_never_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_nothing_but_the_named_folders_stands_at_the_root() -> None:
    allowed = {
        "platform", "tenants", "endpoints", "templates", "tests", "requirements",
        "docs", "deploy", "benchmarks", "examples", "var",
    }  # fmt: skip
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    assert found <= allowed, f"unexpected folders at the root: {sorted(found - allowed)}"
