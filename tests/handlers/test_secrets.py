"""A secret's value stands nowhere but in memory and in the request that needs it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.common.secrets import HIDDEN, KEPT_SECONDS, NoSecret, Secrets
from handlers.incident import notifier
from handlers.incident.sinks.sink import SinkFailed
from tests.handlers.test_incident import event
from tests.handlers.world import World, moto, stop_clock, world
from tests.support import built, spec
from tests.vendors import Vendors

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


SECRETS = {
    "shop/jira": {"email": f"{MARK}-a@example.com", "token": f"{MARK}-b"},
    "shop/slack": {"token": f"xoxb-{MARK}-c"},
    "shop/slack-hook": {"webhook_url": f"https://hooks.example.com/services/T1/B1/{MARK}-d"},
    "shop/pager": {"routing_key": f"{MARK}-e"},
    "shop/hook": {"key": f"{MARK}-f"},
}


@pytest.fixture
def place(endpoint: str, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> World:
    """Secrets that the vendors refuse: whatever they quote of what they were sent has the mark in it."""
    hook = {"webhook_url": f"{vendors.url}/services/T1/B1/{MARK}-d"}
    made = world(endpoint, CHANNELS, {**SECRETS, "shop/slack-hook": hook}, monkeypatch.setenv)
    stop_clock(made, monkeypatch)
    channels = made.routing.data["channels"]
    for name, path in {"tickets": "", "chat": "/api", "pager": "", "hook": "/hook"}.items():
        channels[name]["url"] = vendors.url + path
    for name in ("tickets", "chat", "chat-hook", "pager", "hook"):
        # The stand-in listens on this machine.
        channels[name]["delivery"]["private"] = True
    return made


class Quoting:
    """In the place of a sink: fails with all that it was given to send, as a vendor's complaint may."""

    tickets, accepts_evidence = False, False
    omits: frozenset[str] = frozenset()

    def __init__(self, failure: type[Exception]) -> None:
        self.failure = failure
        self.calls = 0

    def advance(self, *_arguments: Any) -> Any:
        self.calls += 1
        words = f"sent {notifier._secret('shop/pager')['routing_key']}"
        raise SinkFailed(words, unsure=True) if self.failure is SinkFailed else self.failure(words)


def everything(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], place: World) -> str:
    """All that was said anywhere: records with their extras and tracebacks, metrics, the table, mails, dead letters."""
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
    assert place.deliver(event())
    place.notify()
    rows = [row for row in place.items() if '"reason"' in row.get("delivery", {}).get("S", "")]
    failing = {row["sk"]["S"].partition("#")[2] for row in rows}
    # Each of them was attempted, and why it failed is kept.
    refused = {"tickets", "chat", "chat-hook", "pager", "hook"}
    assert refused == failing
    said = everything(caplog, capsys, place)
    assert "not delivered" in said
    assert "SinkFailures" in said
    assert MARK not in said


@pytest.mark.parametrize("failure", [RuntimeError, SinkFailed])
def test_what_quotes_a_secret_has_it_hidden_also_once_it_was_forgotten_and_rotated(
    place: World,
    failure: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO, "handlers")
    place.routing.data["routes"]["critical"] = ["mail", "pager"]
    quoting = Quoting(failure)
    sinks = notifier._sink
    monkeypatch.setattr(notifier, "_sink", lambda channel: quoting if channel.name == "pager" else sinks(channel))
    assert place.deliver(event())
    place.notify()
    # The first failure makes the worker read the secret anew; by then it is another one.
    place.client("secretsmanager").put_secret_value(
        SecretId="shop/pager", SecretString=json.dumps({"routing_key": f"{MARK}-second"})
    )
    assert place.deliver(event("OK", "10:00:01", "ALARM", "10:00:00"))
    place.now += 600_000
    place.tick()
    place.notify()
    assert quoting.calls > 1
    assert [mail["Subject"][:5] for mail in place.mails()][:1] == ["ALARM"]
    said = everything(caplog, capsys, place)
    assert failure.__name__ in said or failure is SinkFailed
    assert HIDDEN in said
    assert MARK not in said
    # What was sent with the first one may still be quoted. A defect is no reason to read a secret anew.
    known = [f"{MARK}-e"] if failure is RuntimeError else [f"{MARK}-e", f"{MARK}-second"]
    assert [notifier._secrets().hide(value) for value in known] == [HIDDEN] * len(known)


def test_nothing_that_is_built_holds_more_than_the_name_of_a_secret() -> None:
    made = built(spec(CHANNELS))
    assert any(b"shop/jira" in content for content in made.artifacts.values())
    assert not any(MARK.encode() in content for content in made.artifacts.values())


def test_a_secret_that_is_not_there_is_named(place: World, caplog: pytest.LogCaptureFixture) -> None:
    place.client("secretsmanager").delete_secret(SecretId="shop/jira", ForceDeleteWithoutRecovery=True)
    assert place.deliver(event())
    why = [record.__dict__["why"] for record in caplog.records if "why" in record.__dict__]
    assert why == ["the secret shop/jira is not readable: ResourceNotFoundException"]


class PackRegistry:
    """A Secrets Manager that counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    def get_secret_value(self, **_asked: str) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": self.text}


def test_a_secret_is_kept_for_a_while_and_read_anew_when_it_was_refused() -> None:
    now = [0.0]
    shelf = PackRegistry('{"token": "abcdefgh"}')
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
    assert Secrets(lambda: PackRegistry(text))("a") == {"value": value}


def test_a_secrets_manager_out_of_reach_is_said_without_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.common import aws

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.client.cache_clear()
    aws._session.cache_clear()
    with pytest.raises(NoSecret, match="the secret a is not readable: EndpointConnectionError"):
        Secrets(lambda: aws.client("secretsmanager"))("a")
