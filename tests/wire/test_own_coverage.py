"""Wire formats decide what callers hear: every branch has a test, in the module's own file."""

import pytest

from tests.own_coverage import own_coverage


@pytest.mark.acceptance
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_module_is_covered_by_its_own_test_file() -> None:
    short = {module: percent for module, percent in own_coverage("wire").items() if percent < 100}
    assert not short
