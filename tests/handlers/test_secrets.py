"""A secret's value stands nowhere but in memory and in the request that needs it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from generator.drill.vendors import Vendors
from handlers.common.secrets import HIDDEN, KEPT_SECONDS, NoSecret, Secrets
from handlers.incident import app
from tests.handlers.test_incident import event
from tests.handlers.world import NOW, World, moto, world
from tests.support import built, spec

MARK = "s3cr3t-of-no-worth"
CHANNELS = """
channels:
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira, resolve_on_ok: true}
  chat: {type: slack, channel: "#ops", secret: shop/slack}
  chat-hook: {type: slack, secret: shop/slack-hook}
  pager: {type: pagerduty, secret: shop/pager}
  hook: {type: webhook, url: "https://hook.example.com/in", secret: shop/hook}
routes: {critical: [mail, tickets, chat, chat-hook, pager, hook]}
alarms: {errors: {severity: critical}}
"""
FAULTS = [None, "500", "500-after", "drop", "drop-after", "429:7", "503:7"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        yield made


@pytest.fixture
def place(endpoint: str, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> World:
    """Secrets that the vendors refuse: whatever they quote of what they were sent has the mark in it."""
    monkeypatch.setattr(app, "read_routing", None)
    monkeypatch.setattr(app, "_now", lambda: NOW)
    secrets = {
        "shop/jira": {"email": f"{MARK}-a@example.com", "token": f"{MARK}-b"},
        "shop/slack": {"token": f"xoxb-{MARK}-c"},
        "shop/slack-hook": {"webhook_url": f"{vendors.url}/services/T1/B1/{MARK}-d"},
        "shop/pager": {"routing_key": f"{MARK}-e"},
        "shop/hook": {"key": f"{MARK}-f"},
    }
    made = world(endpoint, CHANNELS, secrets, monkeypatch.setenv)
    places = {"tickets": "", "chat": "/api", "pager": "", "hook": "/hook"}
    for name, path in places.items():
        made.routing.data["channels"][name]["url"] = vendors.url + path
    return made


def everything(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], place: World) -> str:
    """All that was said anywhere: records with their extras and tracebacks, output, the table, mails, dead letters."""
    logged = [
        f"{record.getMessage()} {record.__dict__} {record.exc_info and traceback.format_exception(*record.exc_info)}"
        for record in caplog.records
    ]
    kept = [json.dumps(place.items()), json.dumps(place.mails()), json.dumps(place.dead_letters())]
    return "\n".join([*logged, *capsys.readouterr(), *kept])


@pytest.mark.parametrize("fault", FAULTS)
def test_no_token_is_in_anything_that_is_said(
    place: World,
    vendors: Vendors,
    fault: str | None,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO, "handlers")
    vendors.fault = lambda _path, _method: fault
    assert not place.deliver(event())
    assert place.deliver(event(), receives=3)
    said = everything(caplog, capsys, place)
    assert "tickets: " in said
    assert MARK not in said


def test_a_defect_in_a_sink_says_no_token_and_undoes_nothing(
    place: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, "handlers")
    sink: Any = app._service()._sink("pager")

    class Broken(type(sink)):  # type: ignore[misc]
        def tell(self, *_arguments: Any, **_more: Any) -> None:
            raise RuntimeError(f"sent {app._secrets()('shop/pager')['routing_key']}")

    sink.__class__ = Broken
    assert not place.deliver(event())
    assert [mail["Subject"][:5] for mail in place.mails()] == ["ALARM"]
    said = everything(caplog, capsys, place)
    assert "RuntimeError" in said
    assert HIDDEN in said
    assert MARK not in said


def test_nothing_that_is_built_holds_more_than_the_name_of_a_secret() -> None:
    made = built(spec(CHANNELS))
    assert any(b"shop/jira" in content for content in made.artifacts.values())
    assert not any(MARK.encode() in content for content in made.artifacts.values())


def test_a_secret_that_is_not_there_is_named(place: World, caplog: pytest.LogCaptureFixture) -> None:
    place.client("secretsmanager").delete_secret(SecretId="shop/jira", ForceDeleteWithoutRecovery=True)
    assert not place.deliver(event())
    why = [record.__dict__.get("why", "") for record in caplog.records]
    assert "tickets: the secret shop/jira cannot be read: ResourceNotFoundException" in why


class Shelf:
    """A Secrets Manager that counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    def get_secret_value(self, **_asked: str) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": self.text}


def test_a_secret_is_kept_for_a_while_and_read_anew_when_it_was_refused() -> None:
    now = [0.0]
    shelf = Shelf('{"token": "abcdefgh"}')
    secrets = Secrets(lambda: shelf, lambda: now[0])
    assert secrets("a") == secrets("a") == {"token": "abcdefgh"}
    assert shelf.asked == 1
    now[0] = KEPT_SECONDS
    secrets("a")
    secrets.forget("a")
    secrets("a")
    assert shelf.asked == 3
    assert secrets.hide("token abcdefgh!") == f"token {HIDDEN}!"


@pytest.mark.parametrize(("text", "value"), [("plain\n", "plain"), ("[1]", "[1]"), ('"x"', '"x"')])
def test_plain_text_is_a_value(text: str, value: str) -> None:
    assert Secrets(lambda: Shelf(text))("a") == {"value": value}


def test_a_secrets_manager_out_of_reach_is_said_without_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.common import aws

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.client.cache_clear()
    aws._session.cache_clear()
    with pytest.raises(NoSecret, match="the secret a cannot be read: EndpointConnectionError"):
        Secrets(lambda: aws.client("secretsmanager"))("a")
