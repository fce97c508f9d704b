"""Coverage of each module by its own test file: a test next door does not count."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage

ROOT = Path(__file__).resolve().parents[1]


def folders(package: str) -> list[str]:
    """The package and those within it, from the source root."""
    source = ROOT / "platform"
    inside = (path.parent for path in (source / package).rglob("__init__.py"))
    return sorted(str(path.relative_to(source)) for path in inside)


def own_coverage(folder: str) -> dict[str, float]:
    """Percent of lines and branches that each module's own test file runs, by module path; of the
    modules right within a folder.

    `platform/wire/sse.py` belongs to `tests/wire/test_sse.py`. Modules without code are left out.
    """
    with TemporaryDirectory() as scratch:
        data = Path(scratch) / "coverage"
        _run(folder, data)
        modules = sorted((ROOT / "platform" / folder).glob("*.py"))
        return {
            str(module.relative_to(ROOT / "platform")): _percent(module, data)
            for module in modules
            if module.read_text().strip() and module.name != "__init__.py"
        }


def _run(folder: str, data: Path) -> None:
    tests = sorted(str(path) for path in (ROOT / "tests" / folder).glob("test_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow",
               *tests, f"--cov={folder.replace('/', '.')}", "--cov-branch", "--cov-context=test",
               "--cov-report="]  # fmt: skip
    environment = {**os.environ, "COVERAGE_FILE": str(data)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def _percent(module: Path, data: Path) -> float:
    folder = module.relative_to(ROOT / "platform").parent
    own = f"tests/{folder}/test_{module.name}::"
    report = coverage.Coverage(data_file=str(data), branch=True)
    report.load()
    with open(os.devnull, "w") as nowhere:
        # Definitions run while modules are imported, which is in no test.
        return report.report(morfs=[str(module)], contexts=["^$", f"^{own}"], file=nowhere)
