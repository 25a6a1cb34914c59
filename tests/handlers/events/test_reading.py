"""What is read, and why what is not is not; and settings."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.events.messages import AgentWindow, Ignored, MonitoringMessage, Tick, Unreadable
from handlers.events.reading import read
from handlers.events.settings import Settings, settings_of
from tests.handlers.events.events_world import (
    CHECKOUT,
    EVERY,
    HUB,
    LEDGER,
    REGION,
    SETTINGS,
    T0,
    Hub,
    alarm,
    error,
    fingerprint,
    happening,
    iso,
    settings,
    window,
)

RULES = settings()


def read_window(message: dict[str, Any]) -> AgentWindow:
    meaning = read(json.dumps(message), RULES)
    assert isinstance(meaning, AgentWindow)
    return meaning


def test_a_window_is_read() -> None:
    meaning = read_window(window(T0, [error(groups={"b": 1, "a": 1, "c": 9})], part=2, parts=3))
    assert (meaning.source.account, meaning.source.region) == (CHECKOUT, REGION)
    assert (meaning.start, meaning.end, meaning.final) == (T0, T0 + EVERY, False)
    assert (meaning.part, meaning.parts, meaning.unhealthy) == (2, 3, ())
    assert meaning.errors[0].groups == ("c", "a", "b")
    assert read_window(window(agent={"unavailable": ["health"]})).unhealthy is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "version is 2, not 1; deploy the hub before the agents"),
        ({"environment": "dev"}, 'environment is "dev"; this is the hub of prod'),
        ({"region": "evil.example/x"}, 'region is "evil.example/x", not such as eu-west-1'),
        ({"envelope": {"account": "999999999999"}}, "account 999999999999 is not a member"),
        ({"envelope": {"account": "1"}}, 'account is "1", not such as 222222222222'),
        ({"envelope": {"time": "now"}}, 'time is "now", not a time such as'),
        ({"envelope": {"source": "obsgen.events"}}, "no handler for events of source"),
        ({"pass": "second"}, "pass is \"second\", not one of 'first', 'final'"),
        ({"part": 2}, "part is 2, not a whole number from 1 to 1"),
        ({"window": {"start": T0, "end": T0}}, "the window has 0 ms"),
        ({"window": {"start": T0, "end": "x"}}, 'end is "x", not a whole number'),
        ({"window": {"start": T0 + 7_200_000, "end": T0 + 7_500_000}}, "check the agent's clock"),
        ({"agent": None}, "agent is null, not an object"),
        ({"errors": {}}, "errors is not a list of at most 2,000"),
        ({"errors": [3]}, "an error is 3, not an object"),
        ({"errors": [error(), error()]}, f"{fingerprint(1)} occurs twice"),
        ({"errors": [error(fingerprint="x")]}, 'fingerprint is "x", not such as 1-0123456789abcdef'),
        ({"errors": [error(kind="task")]}, "kind is \"task\", not one of 'log', 'lambda'"),
        ({"errors": [error(count=0)]}, "count is 0, not a whole number from 1"),
        ({"errors": [error(count=True)]}, "count is true"),
        ({"errors": [error(title=" ")]}, "title is missing or empty"),
        ({"errors": [error(sample=7)]}, "sample is 7, not a string"),
        ({"errors": [error(groups={"a": "1"})]}, "groups is not an object"),
    ],
)
def test_a_window_that_breaks_the_contract_is_unreadable(changed: dict[str, Any], reason: str) -> None:
    message = window(T0, [])
    envelope = changed.pop("envelope", {})
    message = {**message, **envelope, "detail": {**message["detail"], **changed}}
    with pytest.raises(Unreadable) as caught:
        read(json.dumps(message), RULES)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"type": "error"}, "type is \"error\", not one of 'task-failure', 'deployment', 'health'"),
        ({"subject": "///"}, "which has no letter and no digit"),
        ({"at": T0 + 86_400_000}, "check the agent's clock"),
        ({"facts": [["a"]]}, 'a fact is ["a"], not a name and a value'),
        ({"lines": ["x"] * 11}, "lines is not a list of at most 10"),
        ({"state": "BAD"}, 'state is "BAD"'),
    ],
)
def test_an_event_that_breaks_the_contract_is_unreadable(changed: dict[str, Any], reason: str) -> None:
    message = happening("task-failure", "shop/ledger")
    with pytest.raises(Unreadable) as caught:
        read(json.dumps({**message, "time": iso(T0), "detail": {**message["detail"], **changed}}), RULES)
    assert reason in str(caught.value)


def test_texts_are_cut_and_cleaned_and_moments_kept_within_the_window() -> None:
    odd = error(title="a\x00\n b" + "x" * 900, sample="l1\nl2", first=1, last=T0 + 10 * EVERY)
    (found,) = read_window(window(T0, [odd])).errors
    assert found.title.startswith("a bxx")
    assert (len(found.title.encode()), found.sample) == (200, "l1\nl2")
    assert (found.first, found.last) == (T0, T0 + EVERY - 1)


@pytest.mark.parametrize("message", [window(region="eu-west-9"), happening("health", "a/b", region="eu-west-9")])
def test_a_region_without_agents_is_ignored(message: dict[str, Any]) -> None:
    """Each Region that a member names would be an agent to watch, and be silent one day."""
    said = read(json.dumps(message), RULES)
    assert said == Ignored("no agent is deployed in eu-west-9, only in us-east-1, eu-west-1")


def test_what_an_agent_says_of_itself_is_kept_as_far_as_json_has_words_for_it() -> None:
    body = json.dumps(window(agent={"rows": 1, "seconds": "SECONDS", **{f"x{number}": 1 for number in range(99)}}))
    for number in ("1e999", "NaN", "-Infinity"):
        meaning = read(body.replace('"SECONDS"', number), RULES)
        assert isinstance(meaning, AgentWindow)
        assert "seconds" not in meaning.agent
        assert len(meaning.agent) <= 30
        json.dumps(dict(meaning.agent), allow_nan=False)


def test_a_service_is_not_called_as_the_environment_is() -> None:
    """/aws/application/prod, as the agent sees it."""
    for group, service in (("/aws/application/prod", "application"), ("prod", "prod"), ("/ecs/ledger", "prod")):
        (found,) = read_window(window(T0, [error(service="prod", groups={group: 1})])).errors
        assert found.service == service


def test_subjects_become_what_a_finding_can_be_about() -> None:
    meaning = read(json.dumps(happening("task-failure", "my cluster/svc\u00e4")), RULES)
    assert isinstance(meaning, MonitoringMessage)
    assert meaning.event.subject == "my-cluster/svc-"


def test_accounts_that_join_later_are_taken_where_they_are_not_all_named() -> None:
    message = json.dumps(window(account="999999999999"))
    assert isinstance(read(message, settings(accounts_closed=False)), AgentWindow)


def test_the_rest_is_read() -> None:
    assert read(json.dumps({"tick": {"at": iso(T0)}}), RULES) == Tick(T0)
    other = {**alarm("OK"), "detail-type": "CloudWatch Alarm Contributor State Change"}
    assert isinstance(read(json.dumps(other), RULES), Ignored)
    for body in ("not json", "[1]", "{}", '{"tick": 1}', "[" * 100_000):
        with pytest.raises(Unreadable):
            read(body, RULES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([window(T0, [error()]), happening("health", "a/b"), alarm("OK")]), st.data())
def test_whatever_stands_in_a_field_is_read_or_unreadable(message: dict[str, Any], data: st.DataObject) -> None:
    changed = json.loads(json.dumps(message))
    place: Any = changed
    while isinstance(place, dict) and place:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name] or data.draw(st.booleans()):
            place[name] = data.draw(JSON)
            break
        place = place[name]
    with contextlib.suppress(Unreadable):
        read(json.dumps(changed), RULES)


# Settings


def test_what_the_file_leaves_out_is_as_usual() -> None:
    bare = settings_of({"version": 1, "environment": "dev"})
    assert (bare.every, bare.quiet_after, bare.most_new, bare.account("1")) == (300_000, 604_800_000, 10, "1")
    with pytest.raises(ValueError, match="version 2, not 1"):
        settings_of({**SETTINGS, "version": 2})


@pytest.mark.parametrize(
    ("groups", "service", "path", "people"),
    [
        (("/ecs/x",), "", "", ("platform", "")),
        ((), "", "", ("everybody", "")),
        (("/ecs/x",), "payments", "", ("payments", "https://runbooks.example.com/pay")),
        (("/ecs/x", "/aws/lambda/pay"), "pay", "a/b.py", ("code", "")),
    ],
)
def test_the_last_rule_that_matches_says_whose_an_error_is(
    groups: tuple[str, ...], service: str, path: str, people: tuple[str, str]
) -> None:
    rule = {"log_group": "/aws/lambda/*", "source_path": "a/*", "owner": "code"}
    rules: Settings = settings(owners=[*SETTINGS["owners"], rule])
    assert rules.owner_and_runbook(groups, service, path) == people


def test_accounts_have_names() -> None:
    assert (RULES.account(LEDGER), RULES.account("9")) == ("ledger", "9")


def test_a_failed_run_of_a_canary_is_an_event_and_no_finding() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
    detail = {
        "account-id": HUB,
        "canary-name": "checkout-prod",
        "canary-run-id": "0123-4567",
        "test-run-status": "FAILED",
        "state-reason": "token=hunter2hunter2 was refused",
    }
    head = {"source": "aws.synthetics", "detail-type": "Synthetics Canary TestRun Failure", "account": HUB}
    message = {**head, "region": "us-east-1", "time": iso(T0), "detail": detail}
    hub = Hub()
    hub.take(message)
    hub.take(message)
    (event,) = hub.store.event_items.values()
    assert (event.type, event.subject, event.at) == ("canary-failure", "checkout-prod", T0)
    assert event.body["facts"] == [["Run", "0123-4567"], ["Reason", "token=[redacted: token] was refused"]]
    assert hub.bus.sent == []
