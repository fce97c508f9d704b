"""Coverage of each module by its own test file: a test next door does not count."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage

ROOT = Path(__file__).resolve().parents[1]


def own_coverage(package: str) -> dict[str, float]:
    """Percent of lines and branches that each module's own test file runs, by module path.

    `platform/wire/sse.py` belongs to `tests/wire/test_sse.py`. Modules without code are left out.
    """
    with TemporaryDirectory() as folder:
        data = Path(folder) / "coverage"
        _run(package, data)
        modules = sorted((ROOT / "platform" / package).rglob("*.py"))
        return {
            str(module.relative_to(ROOT / "platform")): _percent(module, data)
            for module in modules
            if module.read_text().strip() and module.name != "__init__.py"
        }


def _run(package: str, data: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow",
               f"tests/{package}", f"--cov={package}", "--cov-branch", "--cov-context=test",
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
