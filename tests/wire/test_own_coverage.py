"""Wire formats decide what callers hear: every branch has a test, in the module's own file."""

import pytest

from tests.own_coverage import folders, own_coverage


@pytest.mark.acceptance
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("folder", folders("wire"))
def test_every_module_is_covered_by_its_own_test_file(folder: str) -> None:
    found = own_coverage(folder)
    assert {module: percent for module, percent in found.items() if percent < 100} == {}
