"""channels: how fast, how long and in which form; what the incident function is given of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.findings import Severity, dotted
from generator.render.routing import routing_json
from generator.spec.document import Document
from generator.spec.schema import schema
from handlers.incident.routing import Routing
from tests.support import built, spec

SMALLEST = {
    "pagerduty": "{type: pagerduty, secret: shop/x}",
    "jira": '{type: jira, url: "https://example.atlassian.net", project: OPS, secret: shop/x}',
    "opsitem": "{type: opsitem}",
    "slack": "{type: slack, secret: shop/x}",
    "email": "{type: email, addresses: [ops@example.com]}",
    "teams": "{type: teams, secret: shop/x}",
    "google_chat": "{type: google_chat, secret: shop/x}",
    "webhook": '{type: webhook, url: "https://itsm.example.com/x", secret: shop/x}',
    "sms": '{type: sms, phone_number: "+442079460000"}',
    "sns": '{type: sns, topic: "arn:aws:sns:us-east-1:111111111111:incidents"}',
    "event_bus": '{type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/incidents"}',
    "jsm": "{type: jsm, secret: shop/x}",
    "servicenow": '{type: servicenow, url: "https://example.service-now.com", secret: shop/x}',
}
DAY = 86_400


def channel(kind: str, keys: str = "") -> str:
    """A file with one more channel, `one`, that has these keys too."""
    return spec(f"channels: {{one: {SMALLEST[kind][:-1]}{f', {keys}' if keys else ''}}}}}")


def routing(text: str) -> dict[str, Any]:
    made = built(text)
    assert made.estates, made.findings
    data: dict[str, Any] = json.loads(routing_json(made.estates["prod"]))
    return data


def delivery(kind: str, keys: str = "") -> dict[str, Any]:
    found: dict[str, Any] = routing(channel(kind, keys))["channels"]["one"]["delivery"]
    return found


def complaints(text: str) -> list[tuple[str, str, str, str]]:
    return [(f.code, dotted(f.path), f.message, f.hint) for f in built(text).findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("kind", "rate", "days", "missed", "digest"),
    [
        ("pagerduty", 100, 1, "never", None),
        ("jira", 60, 14, "each", None),
        ("opsitem", 60, 14, "each", None),
        ("slack", 50, 3, "digest", {"above_per_minute": 10, "every_seconds": 60}),
        ("email", 10, 3, "digest", {"above_per_minute": 5, "every_seconds": 300}),
        ("teams", 30, 3, "digest", {"above_per_minute": 10, "every_seconds": 60}),
        ("google_chat", 40, 3, "digest", {"above_per_minute": 10, "every_seconds": 60}),
        ("webhook", 120, 3, "each", None),
        ("sms", 10, 1, "never", {"above_per_minute": 3, "every_seconds": 900}),
        ("sns", 120, 3, "each", None),
        ("event_bus", 120, 3, "each", None),
        ("jsm", 100, 1, "never", None),
        ("servicenow", 60, 14, "each", None),
    ],
)
def test_a_channel_that_says_nothing_has_the_policy_of_its_type(
    kind: str, rate: int, days: int, missed: str, digest: dict[str, int] | None
) -> None:
    assert delivery(kind) == {
        "rate_per_minute": rate,
        "retry_seconds": days * DAY,
        "missed": missed,
        "time_limit_seconds": 30,
        "digest": digest,
        "private": False,
    }


def test_what_a_channel_says_reaches_the_function_in_its_own_units() -> None:
    keys = "rate: 30/1m, retry_for: 7d, missed: each, time_limit: 5s, digest: {above: 20/1m, every: 5m}"
    assert delivery("slack", keys) == {
        "rate_per_minute": 30,
        "retry_seconds": 7 * DAY,
        "missed": "each",
        "time_limit_seconds": 5,
        "digest": {"above_per_minute": 20, "every_seconds": 300},
        "private": False,
    }


def test_the_settings_of_a_type_stay_beside_its_delivery_and_no_sink_sees_the_latter() -> None:
    data = routing(channel("jira", "rate: 30/1m"))
    assert data["version"] == 4
    assert set(data["channels"]["one"]) == {
        *("type", "secret", "delivery"),
        *("url", "project", "issue_type", "resolve_on_ok", "priority"),
    }
    one = Routing(data).channel("one")
    assert one and set(one.settings) == {"url", "project", "issue_type", "resolve_on_ok", "priority"}


@pytest.mark.parametrize(
    ("keys", "digest"),
    [
        ("digest: none", None),
        ("digest: {}", {"above_per_minute": 10, "every_seconds": 60}),
        ("digest: {every: 15m}", {"above_per_minute": 10, "every_seconds": 900}),
        ("digest: {above: 3/1m}", {"above_per_minute": 3, "every_seconds": 60}),
        # By itself a digest never begins above the rate: what is due would pile up and never become one.
        ("rate: 4/1m", {"above_per_minute": 4, "every_seconds": 60}),
    ],
)
def test_a_digest_is_given_whole_in_part_or_not_at_all(keys: str, digest: dict[str, int] | None) -> None:
    assert delivery("slack", keys)["digest"] == digest


def test_a_webhook_has_a_digest_where_it_asks_for_one() -> None:
    assert delivery("webhook", "digest: {}")["digest"] == {"above_per_minute": 10, "every_seconds": 60}


@pytest.mark.parametrize(
    ("kind", "ceiling"),
    [
        ("pagerduty", 480),
        ("slack", 60),
        ("email", 300),
        ("jira", 600),
        ("opsitem", 300),
        ("webhook", 600),
        ("teams", 30),
        ("google_chat", 40),
        *(("pagerduty", 480), ("slack", 60), ("email", 300), ("jira", 600), ("opsitem", 300), ("webhook", 600)),
        *(("sms", 30), ("sns", 600), ("event_bus", 600)),
        ("jsm", 300),
        ("servicenow", 300),
    ],
)
def test_a_rate_goes_up_to_what_the_other_side_takes(kind: str, ceiling: int) -> None:
    assert delivery(kind, f"rate: {ceiling}/1m")["rate_per_minute"] == ceiling
    ((code, path, message, hint),) = complaints(channel(kind, f"rate: {ceiling + 1}/1m"))
    assert (code, path) == ("S03", "channels.one.rate")
    assert message == f"`{ceiling + 1}/1m` is more than {ceiling}/1m"
    assert hint.startswith(f"use at most {ceiling}/1m: ")


@pytest.mark.parametrize(
    ("rate", "hint"),
    [
        ("50", "write 50/1m"),
        ("50/m", "write 50/1m"),
        ("1/1s", "write 60/1m"),
        ("1200/1h", "write 20/1m"),
        ("5/1h", "write 1/1m"),
        ("0.5/1m", "write 1/1m"),
        ("100/1s", "write 60/1m"),
        ("fast", "use a rate such as 60/1m"),
        ("[50]", "use a rate such as 60/1m"),
        ("true", "use a rate such as 60/1m"),
        ("-5", "use a rate such as 60/1m"),
        ("60/1w", "use a rate such as 60/1m"),
        ("60 1m", "use a rate such as 60/1m"),
        ("9" * 30 + "/1m", "use a rate such as 60/1m"),
        ("٥/1m", "use a rate such as 60/1m"),
        ("0/1m", "use a rate such as 60/1m; remove the channel from `routes` to disable it"),
        ("-1/1m", "use a rate such as 60/1m; remove the channel from `routes` to disable it"),
        ("0.0/1m", "use a rate such as 60/1m; remove the channel from `routes` to disable it"),
        ("5/0m", "use a rate such as 60/1m; remove the channel from `routes` to disable it"),
    ],
)
def test_a_rate_that_cannot_be_read_is_told_what_would_be_right(rate: str, hint: str) -> None:
    ((code, path, _, told),) = complaints(channel("slack", f"rate: {rate}"))
    assert (code, path, told) == ("S03", "channels.one.rate", hint)


@given(st.text("0123456789/ .-+smhdx", max_size=12) | st.integers() | st.floats() | st.lists(st.integers(), max_size=2))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_any_rate_is_a_number_or_a_finding(rate: object) -> None:
    data = yaml.safe_load(channel("slack"))
    data["channels"]["one"]["rate"] = rate
    made = built(yaml.safe_dump(data))
    if made.estates:
        (one,) = (c for c in made.estates["prod"].channels if c.name == "one")
        assert 1 <= one.delivery.rate_per_minute <= 60
    else:
        assert {(f.code, dotted(f.path)) for f in made.findings} == {("S03", "channels.one.rate")}


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ("retry_for: 31d", "retry_for"),
        ("retry_for: 30s", "retry_for"),
        ("retry_for: forever", "retry_for"),
        ("time_limit: 31s", "time_limit"),
        ("time_limit: 500ms", "time_limit"),
        ("time_limit: 0s", "time_limit"),
        ("missed: all", "missed"),
        ("digest: sometimes", "digest"),
        ("digest: null", "digest"),
        ("digest: {above: 0/1m}", "digest.above"),
        ("digest: {every: 30s}", "digest.every"),
        ("digest: {every: 2h}", "digest.every"),
        ("digest: {below: 3/1m}", "digest.below"),
        ("private: true", "private"),
        # Reminders and what is said of an incident come in a later version.
        ("say: [open]", "say"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(keys: str, path: str) -> None:
    ((_, where, _, hint),) = complaints(channel("slack", keys))
    assert where == f"channels.one.{path}"
    assert hint


@pytest.mark.parametrize("bounds", ["retry_for: 30d", "retry_for: 1m", "time_limit: 1s", "time_limit: 30s"])
def test_the_bounds_themselves_are_taken(bounds: str) -> None:
    assert complaints(channel("slack", bounds)) == []


@pytest.mark.parametrize("kind", ["jira", "pagerduty", "opsitem", "jsm", "servicenow"])
@pytest.mark.parametrize("keys", ["digest: {above: 5/1m, every: 1m}", "missed: digest"])
def test_a_ticket_system_has_no_digest(kind: str, keys: str) -> None:
    ((code, path, _, hint),) = complaints(channel(kind, keys))
    assert (code, path) == ("S03", f"channels.one.{keys.split(':')[0]}")
    assert hint


def test_a_ticket_system_may_say_that_it_has_none() -> None:
    assert delivery("jira", "digest: none") == delivery("jira")


def test_nobody_is_paged_for_what_is_over() -> None:
    ((_, path, message, _),) = complaints(channel("pagerduty", "missed: each"))
    assert path == "channels.one.missed"
    assert "incidents that are over do not page" in message


def test_a_digest_above_the_rate_would_never_begin() -> None:
    ((code, path, _, hint),) = complaints(channel("slack", "rate: 20/1m, digest: {above: 21/1m}"))
    assert (code, path, hint) == ("R07", "channels.one.digest.above", "use at most 20/1m, or increase `rate`")
    assert complaints(channel("slack", "rate: 20/1m, digest: {above: 20/1m}")) == []


# ── Incidents ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("written", "meant"),
    [("tickets", "tickets"), ("everywhere", "everywhere"), ("none", "none"), ("true", "everywhere"), ("false", "none")],
)
def test_evidence_is_a_word_and_what_was_a_switch_keeps_its_meaning(written: str, meant: str) -> None:
    text = spec(f"incidents: {{evidence: {written}}}")
    assert routing(text)["evidence"] == meant
    quotes = meant != "none"
    (alarm,) = routing(text)["alarms"].values()
    assert alarm["logs"]["readable"] is quotes
    role = built(text).templates["prod"]["hub.template.yaml"]["Resources"]["NotifierRole"]
    assert ("logs:FilterLogEvents" in json.dumps(role)) is quotes


def test_what_is_said_of_tickets_and_alerts_reaches_the_function() -> None:
    responder = "{type: team, id: 4513b7ea-3b91-438f-b7e4-e3e54af9147c}"
    pager = routing(channel("jsm", f"priority: {{high: P1}}, responders: [{responder}]"))["channels"]["one"]
    assert (pager["priority"], pager["responders"]) == (
        {"high": "P1"},
        [{"type": "team", "id": "4513b7ea-3b91-438f-b7e4-e3e54af9147c"}],
    )
    keys = "impact: {high: 1}, fields: {caller_id: '681c', u_b: x}, resolve_on_ok: true, close_code: Resolved by change"
    tickets = routing(channel("servicenow", keys))["channels"]["one"]
    assert {name: tickets[name] for name in ("impact", "fields", "resolve_on_ok", "close_code")} == {
        "impact": {"high": 1},
        "fields": {"caller_id": "681c", "u_b": "x"},
        "resolve_on_ok": True,
        "close_code": "Resolved by change",
    }


def test_evidence_goes_to_tickets_unless_said_otherwise() -> None:
    assert routing(spec())["evidence"] == "tickets"


# ── Editors ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_editor_takes_what_the_compiler_takes() -> None:
    known = jsonschema.Draft202012Validator(schema({}))
    keys = "rate: 30/1m, retry_for: 7d, missed: each, time_limit: 5s, digest: {above: 20/1m, every: 5m}"
    for text in (
        channel("slack", keys),
        channel("slack", "digest: none"),
        channel("jira", "private: true, digest: none"),
    ):
        assert list(known.iter_errors(yaml.safe_load(text))) == []
    for wrong in ("rate: 30", "rate: 0/1m", "digest: sometimes", "missed: all", "digest: {at: 3}"):
        assert list(known.iter_errors(yaml.safe_load(channel("slack", wrong)))), wrong
    for kind, wrong in (("jira", "digest: {}"), ("pagerduty", "missed: each"), ("opsitem", "missed: digest")):
        assert list(known.iter_errors(yaml.safe_load(channel(kind, wrong)))), wrong


def test_defaults_are_shown_to_editors_as_they_are_written() -> None:
    definitions = Document.model_json_schema()["$defs"]
    keys = {"rate", "retry_for", "missed", "time_limit", "digest", "above", "every"}
    for name, model in definitions.items():
        if not name.endswith(("Channel", "Digest", "DigestSpec")):
            continue
        for key in keys & set(model["properties"]):
            one = model["properties"][key]
            # Not `validate`, which looks at all definitions each time: whether they are a schema is not asked here.
            jsonschema.Draft202012Validator({**one, "$defs": definitions}).validate(one["default"])


def test_a_route_takes_as_many_channels_as_one_transaction_has_room_for() -> None:
    channels = ", ".join(f"c{number}: {SMALLEST['slack']}" for number in range(41))
    for count, codes in ((40, []), (41, ["R07"])):
        names = ", ".join(f"c{number}" for number in range(count))
        found = built(spec(f"channels: {{{channels}}}\nroutes: {{high: [{names}]}}")).findings
        assert [finding.code for finding in found if dotted(finding.path) == "routes.high"] == codes


def test_an_address_in_several_channels_is_one_subscription() -> None:
    """SNS has one for a topic, protocol and endpoint: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    change = (
        "channels: {mail: {addresses: [ann@example.com, ben@example.com]},"
        " team: {type: email, addresses: [Ben@example.com, cyd@example.com, cyd@example.com]}}\n"
        "routes: {high: [mail, team]}"
    )
    resources = built(spec(change)).templates["prod"]["hub.template.yaml"]["Resources"].values()
    mails = [made["Properties"] for made in resources if made["Type"] == "AWS::SNS::Subscription"]
    assert {mail["Endpoint"]: mail["FilterPolicy"]["channels"] for mail in mails} == {
        "ann@example.com": ["mail"],
        "ben@example.com": ["mail", "team"],
        "cyd@example.com": ["team"],
    }
    assert len(mails) == 3
