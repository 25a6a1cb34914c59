"""Events of AWS that event rules take: what is read of them, however strange they are."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common.event_names import plain_name
from handlers.incident.decision.admission import KnownAlarm, UnknownAlarm, classify
from handlers.incident.event_links import link_of
from handlers.incident.event_paths import rendered, value_at
from handlers.incident.event_rules import EVENTS, change_of
from handlers.incident.events import Change, RuleEvent, Unreadable, read
from handlers.incident.finding import RESERVED, STORED, finding_json
from handlers.incident.message.finding_words import unknown
from handlers.incident.routing import Routing
from tests.handlers.event_rule_world import (
    DEPLOYED,
    DEPLOYMENT,
    GUARDDUTY,
    INSTANCE,
    MEMBER,
    REGION,
    ROUTING,
    RULES,
    SERVICE,
    SPOT,
    T0,
    TABLE,
    change,
    key,
    message,
)

CONSOLE = f"https://{REGION}.console.aws.amazon.com/"


def test_an_event_is_read_by_its_rule() -> None:
    made = change(message("spot-interruption", SPOT))
    assert (made.key, made.state) == (key("spot-interruption", INSTANCE), "ALARM")
    assert T0 + 500 <= made.at < T0 + 1_000
    finding = made.finding
    assert finding
    assert finding.title == f"Spot interruption of {INSTANCE}"
    assert finding.event == "00000000-0000-4000-8000-000000000001"
    assert finding.facts == (
        ("Instance", INSTANCE),
        ("Happens", "terminate in 2 minutes"),
        ("Meaning", "EC2 takes an instance back in two minutes"),
        ("AWS event", "EC2 Spot Instance Interruption Warning (aws.ec2), 00000000-0000-4000-8000-000000000001"),
    )
    assert finding.link == f"{CONSOLE}ec2/home?region={REGION}#InstanceDetails:instanceId={INSTANCE}"


def test_an_end_has_the_subject_of_its_beginning() -> None:
    begin, end = change(message("deployment", DEPLOYMENT)), change(message("deployment", DEPLOYED, edge="end"))
    assert begin.key == end.key == key("deployment", SERVICE)
    assert (begin.state, end.state) == ("ALARM", "OK")
    assert begin.finding and begin.finding.action == "Look at ecs-svc/123."
    # A reserved name and a value that is not there are left out.
    assert [name for name, _ in begin.finding.facts] == ["Cause", "AWS event"]
    # Of one second what begins is later: rather open too long than never seen.
    assert end.at < begin.at < end.at + 1_000


def test_an_end_without_the_values_of_the_title_has_none() -> None:
    """The title of the beginning says it then; see test_event_ends."""
    end = change(message("deployment", {**DEPLOYED, "detail": {}}, edge="end")).finding
    assert end and end.title == ""


def test_the_end_may_name_its_subject_elsewhere() -> None:
    rules = {"deployment": {**RULES["deployment"], "end_subject": ["$.detail.service"]}}
    routing = Routing({**TABLE, "event_rules": rules})  # type: ignore[typeddict-item]
    end = {**DEPLOYED, "detail": {"service": SERVICE}}
    assert change(message("deployment", end, edge="end"), routing).key == key("deployment", SERVICE)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "version is 2, not 1"),
        ({"version": True}, "version is true, not 1"),
        ({"edge": "middle"}, 'edge is "middle", not one of begin, end'),
        ({"rule": "a/b"}, 'rule is "a/b", not the key of an event rule'),
        ({"rule": ""}, "rule is missing or not a string"),
        ({"event": "<aws.events.event.json>"}, "event is missing or not an object"),
        ({"event": {"id": "a/b", "time": "2026-11-20T10:00:00Z"}}, 'id is "a/b", not the id of an event'),
        ({"event": {"id": "1", "account": "root", "region": REGION}}, 'account is "root", not an account ID'),
        ({"event": {"id": "1", "account": MEMBER, "region": "x/y"}}, 'region is "x/y", not a Region'),
        (
            {"event": {"id": "1", "account": MEMBER, "region": REGION, "time": "yesterday"}},
            'time is "yesterday", not a time',
        ),
    ],
)
def test_what_breaks_the_contract_is_unreadable(changed: dict[str, Any], reason: str) -> None:
    body = {**json.loads(message("spot-interruption", SPOT)), **changed}
    assert read(json.dumps(body)) == Unreadable(reason)


def test_an_event_comes_from_the_hubs_rules_alone() -> None:
    """Through SNS anybody may say it, and an event of the bus has a detail-type."""
    body = message("spot-interruption", SPOT)
    assert isinstance(read(json.dumps({"Type": "Notification", "Message": body})), Unreadable)
    assert isinstance(read(json.dumps({**json.loads(body), "detail-type": "Log Error Finding"})), Unreadable)


def test_account_and_region_are_those_of_the_envelope() -> None:
    event = {**SPOT, "detail": {**SPOT["detail"], "account": "333333333333", "region": "us-east-1"}}  # type: ignore[dict-item]
    made = change(message("spot-interruption", event))
    assert (made.key.account, made.key.region) == (MEMBER, REGION)


def test_who_is_taken() -> None:
    now = T0 + 60_000
    assert classify(change(message("spot-interruption", SPOT)), ROUTING, now) == KnownAlarm()
    stranger = change(message("spot-interruption", SPOT, account="999999999999"))
    assert classify(stranger, ROUTING, now) == UnknownAlarm("account 999999999999 is not a member", parked=False)
    later = change(message("of-a-later-build", SPOT))
    assert later.key.alarm == "event/of-a-later-build/00000000-0000-4000-8000-000000000001"
    reason = "event rule of-a-later-build is not in this build's routing table"
    assert classify(later, ROUTING, now) == UnknownAlarm(reason, parked=True)
    forged = Change(key("spot-interruption", INSTANCE), "ALARM", T0)
    reason = f"alarm name event/spot-interruption/{INSTANCE} is reserved for findings, events and contributors"
    assert classify(forged, ROUTING, now) == UnknownAlarm(reason, parked=False)


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("db-1", "db-1"),
        (None, "unknown"),
        ("", "unknown"),
        (7, "7"),
        (["a", {"b": 1}], "x__a____b_:1__-7b22835c8a5c883b"),
        ("a b", "a_b-541e27fe8b978a09"),
        ("_a", "x_a-df3aacd30c5d575e"),
    ],
)
def test_a_subject_is_fit_for_a_key(value: Any, subject: str) -> None:
    event = {**SPOT, "detail": {"instance-id": value}}
    assert change(message("spot-interruption", event)).key == key("spot-interruption", subject)


def test_a_rule_without_subject_is_one_incident_in_an_account_and_region() -> None:
    rules = {"spot-interruption": {**RULES["spot-interruption"], "subject": []}}
    routing = Routing({**TABLE, "event_rules": rules})  # type: ignore[typeddict-item]
    assert change(message("spot-interruption", SPOT), routing).key == key("spot-interruption", "all")


def test_subjects_of_several_values_stay_apart() -> None:
    rules = {"spot-interruption": {**RULES["spot-interruption"], "subject": ["$.detail.a", "$.detail.b"]}}
    routing = Routing({**TABLE, "event_rules": rules})  # type: ignore[typeddict-item]
    pairs = [("a", "b"), ("a/b", "c"), ("a", "b/c")]
    made = [
        change(message("spot-interruption", {**SPOT, "detail": {"a": a, "b": b}}), routing).key.alarm for a, b in pairs
    ]
    assert made[0] == "event/spot-interruption/a/b"
    assert len(set(made)) == len(pairs)


def test_long_subjects_that_differ_anywhere_stay_apart() -> None:
    names = ["a" + "x" * 300, "b" + "x" * 300, "a" + "x" * 299 + "y", "a" + "x" * 119, "a" + "x" * 120]
    made = [change(message("spot-interruption", {**SPOT, "detail": {"instance-id": name}})).key.alarm for name in names]
    assert len(set(made)) == len(names)
    assert all(len(name) < 200 for name in made)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.detail-type", "EC2 Spot Instance Interruption Warning"),
        ("$['detail-type']", "EC2 Spot Instance Interruption Warning"),
        ("$.detail.instance-id", INSTANCE),
        ("$.resources[0]", f"arn:aws:ec2:{REGION}:{MEMBER}:instance/{INSTANCE}"),
        ("$.resources", f'["arn:aws:ec2:{REGION}:{MEMBER}:instance/{INSTANCE}"]'),
        ("$.resources[1]", None),
        ("$.resources.x", None),
        ("$.detail[0]", None),
        ("$.detail..x", None),
        ("detail", None),
        ("$.detail.instance-id ", None),
    ],
)
def test_a_path_leads_to_one_value_or_to_none(path: str, value: str | None) -> None:
    assert value_at(SPOT, path) == value


def test_templates() -> None:
    event = {"a": "one\n two", "n": 3, "t": True, "z": None, "braces": "{$.n}"}
    assert rendered("x {$.a}, {$.n} {other} {$.t}", event) == "x one two, 3 {other} true"
    assert rendered("x {$.a} {$.z}", event) == "x one two unknown"
    assert rendered("$.a", event) == "one two"
    assert rendered("x {$.z}", event) is None
    assert rendered("no value", event) == "no value"
    # What an event says is text, also where it looks like a template.
    assert rendered("{$.braces}", event) == "{$.n}"


LINKS: list[tuple[dict[str, Any], str]] = [
    (SPOT, f"ec2/home?region={REGION}#InstanceDetails:instanceId={INSTANCE}"),
    (DEPLOYMENT, f"ecs/v2/clusters/shop/services/checkout/health?region={REGION}"),
    (GUARDDUTY, f"guardduty/home?region={REGION}#/findings?macros=current&fId={'0' * 32}"),
    (
        {"source": "aws.rds", "detail": {"SourceType": "CLUSTER", "SourceIdentifier": "db-1"}},
        f"rds/home?region={REGION}#database:id=db-1;is-cluster=true",
    ),
    (
        {"source": "aws.ecs", "detail": {"taskArn": f"arn:aws:ecs:{REGION}:{MEMBER}:task/shop/{'a' * 32}"}},
        f"ecs/v2/clusters/shop/tasks/{'a' * 32}/configuration?region={REGION}",
    ),
    (
        {"source": "aws.codepipeline", "detail": {"pipeline": "deploy"}},
        f"codesuite/codepipeline/pipelines/deploy/view?region={REGION}",
    ),
]


@pytest.mark.parametrize(("event", "page"), LINKS)
def test_a_link_leads_to_the_subject_in_the_console(event: dict[str, Any], page: str) -> None:
    assert link_of(event, REGION) == f"{CONSOLE}{page}"
    assert link_of(event, "us-iso-east-1") == ""


HOSTILE = st.sampled_from(
    ["https://evil.example/x", "i-0b662ef9931388ba0#@evil", "../x", "{region}", "a/b", "i-0b662ef9931388ba0\n", "&x=1"]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_event_says_more_than_it_may(data: st.DataObject) -> None:
    """Whatever stands in the fields that rules name: one bounded change, and links to the console alone."""
    rule, model = data.draw(
        st.sampled_from([("spot-interruption", SPOT), ("deployment", DEPLOYMENT), ("guardduty", GUARDDUTY)])
    )
    event: dict[str, Any] = copy.deepcopy(dict(model))
    for name in event["detail"]:
        event["detail"][name] = data.draw(JSON, name)
    event["resources"] = data.draw(JSON, "resources")
    made = change(message(rule, event))
    finding = made.finding
    assert finding
    assert len(made.key.alarm) <= 255
    assert "\n" not in finding_json(finding)
    assert len(finding_json(finding).encode("utf-8", "replace")) <= STORED
    assert all("\n" not in text and text == text.strip() for pair in finding.facts for text in pair)
    assert not {name for name, _ in finding.facts} & (RESERVED | {EVENTS})
    assert finding.link == "" or finding.link.startswith(CONSOLE)
    assert not any(word in finding.link for word in ("evil", "..", "{", "\n", "x=1"))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["source", "version", "rule", "edge", "event", "detail-type"]), JSON) | JSON)
def test_no_message_breaks_the_reader(body: Any) -> None:
    """It is read or has a reason, whatever it is."""
    whole = {**json.loads(message("guardduty", GUARDDUTY)), **body} if isinstance(body, dict) else body
    meaning = read(json.dumps(whole))
    if isinstance(meaning, RuleEvent):
        assert change_of(meaning, ROUTING).finding
    else:
        assert isinstance(meaning, Unreadable)


def test_what_is_nested_deeply_costs_its_value_alone() -> None:
    deep = '{"a":' * 300 + "1" + "}" * 300
    body = message("guardduty", {**GUARDDUTY, "detail": {"id": "x", "count": "DEEP"}}).replace('"DEEP"', deep)
    made = change(body)
    assert made.key == key("guardduty", "x")
    assert isinstance(read(body.replace('{"a":', '{"a":' * 400)), Unreadable)


def test_people_read_names_and_no_keys() -> None:
    assert plain_name(f"event/spot-interruption/{INSTANCE}") == f"spot-interruption: {INSTANCE}"
    assert plain_name("tag-compliance/i-1") == "tag-compliance/i-1"
    assert plain_name("errors-alarm-prod") == "errors-alarm-prod"
    assert unknown(f"event/spot-interruption/{INSTANCE}").title == f"AWS event spot-interruption: {INSTANCE}"


ABOUT = {"guardduty": {**RULES["guardduty"], "account_from": "$.detail.accountId"}}
ADMINISTERED = Routing({**TABLE, "event_rules": ABOUT})  # type: ignore[typeddict-item]
ADMINISTRATOR = "333333333333"


def of_account(account: str, **more: Any) -> dict[str, Any]:
    return {**GUARDDUTY, "detail": {**GUARDDUTY["detail"], "accountId": account, **more}}


def test_an_event_that_an_administrator_receives_too_is_that_of_its_account() -> None:
    """GuardDuty and Security Hub send an event in the member and one in the administrator's account."""
    own = change(message("guardduty", of_account(MEMBER), T0, 1), ADMINISTERED)
    copy_ = change(message("guardduty", of_account(MEMBER), T0 + 3_000, 2, account=ADMINISTRATOR), ADMINISTERED)
    assert own.key == copy_.key == key("guardduty", "0" * 32)
    assert own.finding == copy_.finding
    other = change(message("guardduty", of_account(MEMBER, count=4), T0, 3), ADMINISTERED)
    assert other.finding != own.finding


@pytest.mark.parametrize("account", ["999999999999", "", "x", None])
def test_an_event_of_an_account_that_is_not_in_the_file_stays_the_administrators(account: Any) -> None:
    made = change(message("guardduty", of_account(account), T0, 1, account=ADMINISTRATOR), ADMINISTERED)
    assert made.key.account == ADMINISTRATOR


@pytest.mark.parametrize("source", ["shop.guard", "aws.partner/guard.example.com/shop/1", "awsx", None])
def test_an_event_that_aws_has_not_sent_speaks_for_no_other_account(source: str | None) -> None:
    """A partner's events have `aws.partner/`: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas.html"""
    forged = {**of_account(MEMBER), "source": source}
    made = change(message("guardduty", forged, T0, 1, account=ADMINISTRATOR), ADMINISTERED)
    assert made.key.account == ADMINISTRATOR
