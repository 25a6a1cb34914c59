"""One AWS of our own for the API's tests, empty for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.api_world import ApiWorld, api
from tests.handlers.world import moto


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str) -> Iterator[ApiWorld]:
    with api(endpoint) as made:
        yield made
