"""One AWS of our own for the API's tests, empty for each; and a desk with the commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.drill.api_gateway import ApiGateway, Caller
from generator.rollout.operate import monitoring_api
from handlers.api import app
from tests.api.api_world import ALICE, REGION, ApiWorld, api, document
from tests.api.desk import HUB, KEY, SECRET_KEY, Desk
from tests.handlers.world import moto
from tests.support import built, spec


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str) -> Iterator[ApiWorld]:
    with api(endpoint) as made:
        yield made


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    made = built(spec(f'hub: {{account: "{HUB}"}}\nevents: {{api: {{}}}}\n'))
    assert made.artifacts, made.findings
    for path, content in made.artifacts.items():
        (folder / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "out" / path).write_bytes(content)
    return folder


@pytest.fixture
def desk(place: ApiWorld, out: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(app, "_document", document)
    monkeypatch.setattr(app, "_world", lambda: place.world)
    monkeypatch.setattr(monitoring_api, "PAUSES", (0.0, 0.0))
    callers = {KEY: Caller(HUB, ALICE, SECRET_KEY)}
    with ApiGateway(lambda event: app.handler(event, None), callers) as gateway:
        environment = {
            "AWS_ENDPOINT_URL": place.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }
        made = Desk(out, place, gateway, environment)
        made.deployed(gateway.url)
        yield made
