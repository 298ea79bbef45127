"""What a test built is closed behind it."""

import pytest

from tests.environments.programs.worlds import made


@pytest.fixture(autouse=True)
def _closed():
    yield
    while made:
        made.pop().close()
