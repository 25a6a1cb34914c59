"""Options of the tests."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite expected outputs; never in a pipeline")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expectations are rewritten instead of compared."""
    wanted = bool(request.config.getoption("--update"))
    assert not (wanted and os.environ.get("CI")), "expectations are reviewed by people, not rewritten by pipelines"
    return wanted
