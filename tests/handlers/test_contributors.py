"""Contributors of an alarm: an incident for each, one for those beyond the bound, and what the alarm itself still says.

The event of a contributor names no state before:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.common.contributor_names import LABEL_LIMIT, name_of
from handlers.common.deadline import Deadline
from handlers.incident.contributor import alarm_of, contributor_of
from handlers.incident.decision.mutes import Mute
from handlers.incident.events import Change, IgnoredEvent, Key, Unreadable, read
from handlers.incident.message.compose import report, subject
from handlers.incident.message.report import Step
from handlers.incident.state.records import Incident, Kind
from tests.handlers.alarm_world import OK, A
from tests.handlers.group_world import (
    ALPHA,
    BETA,
    HOUR,
    MINUTE,
    REGION,
    SECOND,
    T0,
    Estate,
    alarm,
    assert_whole,
    routing,
)
from tests.handlers.test_grouping_order import interleave
from tests.handlers.test_service import event

ERRORS = "errors-alarm-prod"
MOST = 3
TABLE = {
    ERRORS: {"severity": "high", "service": "shop", "owner": "payments", "contributors": MOST},
    "queue-high-alarm-prod": {"severity": "high", "contributors": MOST, "level_of": "queue"},
    "queue-critical-alarm-prod": {"severity": "critical", "contributors": MOST, "level_of": "queue"},
    "plain-alarm-prod": {"severity": "high", "service": "shop"},
    "quiet-alarm-prod": {"severity": "none", "contributors": MOST},
}
ESTATE = routing(TABLE, incidents={"storm": None})
OWN = alarm(ERRORS)


def series(function: str, name: str = ERRORS, account: str = ALPHA) -> Key:
    """The key of one contributor."""
    return Key(account, REGION, f"{name} of FunctionName={function}")


def contributor(state: str, at: int, function: str, name: str = ERRORS, account: str = ALPHA, **more: Any) -> str:
    """A contributor's state change as EventBridge delivers it."""
    when = datetime.fromtimestamp(at / 1000, UTC).isoformat()
    about = {"id": function.encode().hex()[:16].ljust(16, "0"), "attributes": {"FunctionName": function}}
    detail = {"alarmName": name, "alarmContributor": about, "state": {"value": state, "timestamp": when}, **more}
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm Contributor State Change",
            "account": account,
            "region": REGION,
            "detail": detail,
        }
    )


def own(state: str, at: int, before: str = "", since: int = 0) -> str:
    """The alarm's own state change."""
    return event(state, at, before or None, since or None, key=OWN)


def in_alarm(estate: Estate, *functions: str) -> None:
    for function in functions:
        estate.handle(contributor(A, estate.now, function))


def open_roots(estate: Estate) -> list[Incident]:
    return [root for root in estate.roots if root.is_open]


def test_each_contributor_is_an_incident_with_its_name() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "checkout", "basket")
    estate.handle(own(A, estate.now + SECOND, OK, T0 - HOUR))
    first, second = open_roots(estate)
    assert {first.key, second.key} == {series("checkout"), series("basket")}
    assert (first.severity, first.recipients) == ("high", ("jira", "bot"))
    checkout = first if first.key == series("checkout") else second
    message = report(checkout, Step.OPEN, ESTATE)
    assert message.title == "ALARM high: errors-alarm-prod of FunctionName=checkout in alpha (us-east-1)"
    assert dict(message.facts)["Owner"] == "payments"
    assert dict(message.links)["Alarm"].endswith("alarmsV2:alarm/errors-alarm-prod")
    assert subject(checkout, ESTATE) == "errors-alarm-prod of FunctionName=checkout in alpha (us-east-1)"
    estate.now += MINUTE
    estate.handle(contributor(OK, estate.now, "basket"))
    assert [root.key for root in open_roots(estate)] == [series("checkout")]
    estate.pass_minutes(130)
    assert [root.key for root in estate.roots] == [first.key, second.key]


def test_beyond_the_bound_there_is_one_incident_with_rows() -> None:
    estate = Estate(ESTATE)
    for number in range(8):
        estate.now += SECOND
        in_alarm(estate, f"f{number}")
    alone, further = open_roots(estate)[:MOST], open_roots(estate)[MOST:]
    assert [root.kind for root in alone] == [Kind.ALONE] * MOST
    assert [(root.kind, root.members) for root in further] == [(Kind.GROUP, 5)]
    assert_whole(estate)
    # The incident of the further ones takes what comes hours later, too, as long as it is open.
    estate.now += 5 * HOUR
    in_alarm(estate, "late")
    assert len(open_roots(estate)) == MOST + 1
    estate.now += MINUTE
    for number in range(8):
        estate.handle(contributor(OK, estate.now, f"f{number}"))
    estate.handle(contributor(OK, estate.now, "late"))
    assert open_roots(estate) == []
    assert_whole(estate)


def test_a_place_is_kept_until_its_incident_cannot_open_again() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "a", "b", "c")
    estate.now += MINUTE
    for function in "abc":
        estate.handle(contributor(OK, estate.now, function))
    estate.now += MINUTE
    in_alarm(estate, "d", "e")
    estate.now += MINUTE
    in_alarm(estate, "a", "b", "c")
    assert sum(root.kind is Kind.ALONE for root in open_roots(estate)) == MOST
    assert len(open_roots(estate)) == MOST + 1
    estate.now += HOUR
    for function in "abcde":
        estate.handle(contributor(OK, estate.now, function))
    estate.now += HOUR
    in_alarm(estate, "x", "y", "z")
    assert [root.kind for root in open_roots(estate)] == [Kind.ALONE] * MOST


def test_an_alarm_without_any_contributor_has_its_own_incident() -> None:
    """Its query finds nothing, and missing data is breaching."""
    estate = Estate(ESTATE)
    estate.handle(own(A, estate.now, OK, T0 - HOUR))
    assert estate.roots == []
    estate.pass_minutes(3)
    assert [root.key for root in open_roots(estate)] == [OWN]
    estate.now += MINUTE
    estate.handle(own(OK, estate.now, A, T0))
    assert open_roots(estate) == []


def test_the_first_days_of_a_fleet() -> None:
    """An empty account, quiet nights, a day with one failure, a storm and its end: nobody hears but of what failed."""
    idle = routing({ERRORS: {"severity": "high", "contributors": MOST, "no_data": False}})
    estate = Estate(idle)
    # CloudWatch does not send that an alarm was created, and calls an empty result either of the two.
    states = [("INSUFFICIENT_DATA", OK), (OK, "INSUFFICIENT_DATA")] * 3
    for state, before in states:
        estate.handle(own(state, estate.now, before, estate.now - HOUR))
        estate.pass_minutes(60)
    assert estate.incidents == []
    in_alarm(estate, "a")
    failed_at = estate.now
    estate.handle(own(A, failed_at, OK, failed_at - HOUR))
    estate.pass_minutes(10)
    estate.handle(contributor(OK, estate.now, "a"))
    estate.handle(own(OK, estate.now, A, failed_at))
    estate.pass_minutes(24 * 60)
    assert [(root.key, root.is_open) for root in estate.roots] == [(series("a"), False)]
    in_alarm(estate, *(f"f{number}" for number in range(40)))
    began = estate.now
    estate.handle(own(A, began, OK, began - HOUR))
    assert len(open_roots(estate)) == MOST + 1
    estate.pass_minutes(5)
    for number in range(40):
        estate.handle(contributor(OK, estate.now, f"f{number}"))
    estate.handle(own(OK, estate.now, A, began))
    estate.pass_minutes(120)
    assert open_roots(estate) == []
    assert len(estate.roots) == 1 + MOST + 1


def test_no_data_is_heard_of_where_it_is_breaching() -> None:
    estate = Estate(ESTATE)
    estate.handle(own("INSUFFICIENT_DATA", estate.now, OK, estate.now - HOUR))
    assert [root.kind for root in estate.roots] == [Kind.NO_DATA]


def test_the_alarm_goes_on_after_its_last_contributor() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "a")
    estate.handle(own(A, estate.now, OK, T0 - HOUR))
    estate.pass_minutes(180)
    assert len(estate.roots) == 1
    estate.handle(contributor(OK, estate.now, "a"))
    estate.pass_minutes(3)
    assert [root.key for root in open_roots(estate)] == [OWN]


def test_no_incident_of_the_alarm_where_all_is_over_in_the_same_second() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "a")
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += HOUR
    estate.handle(contributor(OK, estate.now, "a"))
    estate.now += SECOND
    estate.handle(own(OK, estate.now, A, T0))
    estate.pass_minutes(120)
    assert [(root.key, root.is_open) for root in estate.roots] == [(series("a"), False)]


def test_the_end_of_a_contributor_that_did_not_arrive() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "a", "b")
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += HOUR
    estate.handle(own(OK, estate.now, A, T0))
    ended = estate.now
    assert len(open_roots(estate)) == 2
    estate.pass_minutes(3)
    assert open_roots(estate) == []
    assert {root.ended for root in estate.roots} == {ended}
    assert "did not arrive" in estate.roots[0].reason


def test_a_lost_end_is_one_although_the_alarm_fires_again_at_once() -> None:
    """Of a large fleet something fails most of the time: its alarm is OK for seconds only."""
    estate = Estate(ESTATE)
    in_alarm(estate, "a")
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += HOUR
    estate.handle(own(OK, estate.now, A, T0))
    ended = estate.now
    estate.now += 10 * SECOND
    in_alarm(estate, "b")
    estate.handle(own(A, estate.now, OK, ended))
    estate.pass_minutes(4)
    assert [(root.key, root.ended) for root in estate.roots] == [(series("a"), ended), (series("b"), None)]
    estate.handle(contributor(OK, estate.now, "b"))
    estate.pass_minutes(3)
    assert [root.key for root in open_roots(estate)] == [OWN]


@pytest.mark.parametrize(
    "later",
    [{"severity": "high", "service": "shop"}, {"severity": "none", "contributors": MOST}],
    ids=["one incident for all", "severity none"],
)
def test_incidents_of_contributors_end_although_the_next_build_has_none(later: dict[str, Any]) -> None:
    """Its rules may take no events of contributors any more, so the end of the alarm is that of all."""
    estate = Estate(ESTATE)
    in_alarm(estate, "a", "b")
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += HOUR
    estate.deployed(routing({ERRORS: later}, incidents={"storm": None}))
    estate.handle(own(OK, estate.now, A, T0))
    ended = estate.now
    estate.pass_minutes(3)
    assert open_roots(estate) == []
    assert {root.ended for root in estate.roots} == {ended}
    assert estate.table.register(OWN).in_alarm == ()


def test_a_contributor_that_arrives_after_the_end_of_all() -> None:
    estate = Estate(ESTATE)
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += MINUTE
    estate.handle(own(OK, estate.now, A, T0))
    estate.now += 10 * SECOND
    estate.handle(contributor(A, T0, "a"))
    estate.pass_minutes(3)
    assert [(root.key, root.is_open) for root in estate.roots] == [(series("a"), False)]


def test_a_mute_of_the_alarm_is_one_of_its_contributors() -> None:
    estate = Estate(ESTATE)
    mute = Mute("1", "ana", T0, T0 + HOUR, "load test", frozenset({ERRORS}))
    estate.table.all_mutes = {"1": mute}
    in_alarm(estate, "a", "b")
    estate.handle(own(A, estate.now, OK, T0 - HOUR))
    estate.now += MINUTE
    estate.handle(contributor(OK, estate.now, "b"))
    assert all(root.is_withheld for root in estate.roots)
    estate.pass_minutes(62)
    assert [root.key for root in open_roots(estate) if not root.is_withheld] == [series("a")]


def test_a_mute_rule_of_cloudwatch_is_heeded() -> None:
    """`muteDetail` as in AWS's sample of a contributor's event."""
    estate = Estate(ESTATE)
    end = datetime.fromtimestamp((T0 + 30 * MINUTE) / 1000, UTC).isoformat()
    body = contributor(A, T0, "a", muteDetail={"mutedByArn": "arn:aws:x", "muteWindowEnd": end})
    estate.handle(body)
    assert estate.roots == []
    estate.pass_minutes(32)
    assert [root.key for root in open_roots(estate)] == [series("a")]


def test_thresholds_of_one_alarm_are_one_incident_for_each_contributor() -> None:
    estate = Estate(ESTATE)
    for function in ("a", "b"):
        estate.handle(contributor(A, estate.now, function, "queue-high-alarm-prod"))
    estate.now += 2 * HOUR
    estate.handle(contributor(A, estate.now, "b", "queue-critical-alarm-prod"))
    assert sorted((root.severity, root.members) for root in open_roots(estate)) == [("critical", 2), ("high", 1)]


def test_other_accounts_and_alarms_have_their_own_bound() -> None:
    estate = Estate(ESTATE)
    in_alarm(estate, "a", "b", "c")
    for function in "abc":
        estate.handle(contributor(A, estate.now, function, account=BETA))
    estate.state(alarm("plain-alarm-prod"), A)
    assert len(open_roots(estate)) == 7


@pytest.mark.parametrize("name", ["plain-alarm-prod", "quiet-alarm-prod", "unknown-alarm-prod"])
def test_contributors_that_are_nobodys_incident(name: str) -> None:
    estate = Estate(ESTATE)
    estate.handle(contributor(A, estate.now, "a", name))
    assert (estate.incidents, estate.table.registers, estate.table.parked_events) == ([], {}, {})


def test_a_storm_of_contributors_is_a_storm() -> None:
    estate = Estate(routing({ERRORS: {"severity": "high", "contributors": 100}}))
    for number in range(60):
        in_alarm(estate, f"f{number}")
    assert sorted(root.kind for root in open_roots(estate)) == [Kind.ALONE] * 10 + [Kind.STORM]
    estate.pass_minutes(2)
    assert_whole(estate)
    estate.now += MINUTE
    for number in range(60):
        estate.handle(contributor(OK, estate.now, f"f{number}"))
    estate.pass_minutes(2)
    assert open_roots(estate) == []


def test_an_alarm_cannot_be_named_like_a_contributor() -> None:
    """Whoever may name alarms in a member must not speak for a contributor of another."""
    estate = Estate(ESTATE)
    estate.state(series("checkout"), A)
    fake = contributor(A, estate.now, "a", f"{ERRORS} of FunctionName=checkout")
    assert isinstance(read(fake), IgnoredEvent)
    estate.handle(fake)
    assert estate.incidents == []


def test_a_lambda_action_of_a_contributor() -> None:
    data = json.loads(contributor(A, T0, "a"))
    body = json.dumps({"accountId": ALPHA, "region": REGION, "alarmData": data["detail"]})
    change = read(body)
    assert isinstance(change, Change)
    assert (change.key, change.is_contributor) == (series("a"), True)


@st.composite
def trouble(draw: st.DrawFn) -> tuple[list[tuple[int, str]], frozenset[str]]:
    """What CloudWatch says of one trouble, as it arrives: time and body; and which contributors go on."""
    arrivals: list[tuple[int, str]] = []
    still, begin, end = set(), T0 + HOUR, T0
    for function in ["a", "b", "c", "d", "e", "f"][: draw(st.integers(1, 6))]:
        at = T0 + draw(st.integers(0, 60)) * SECOND
        begin = min(begin, at)
        number = draw(st.integers(1, 4))
        for index in range(number):
            body = contributor(OK if index % 2 else A, at, function)
            arrivals += [(at + draw(st.integers(0, 200)) * SECOND, body) for _ in range(draw(st.integers(1, 2)))]
            end, at = max(end, at), at + draw(st.integers(1, 120)) * SECOND
        still |= {function} if number % 2 else set()
    arrivals.append((begin + draw(st.integers(0, 60)) * SECOND, own(A, begin, OK, T0 - HOUR)))
    if not still:
        arrivals.append((end + draw(st.integers(0, 60)) * SECOND, own(OK, end, A, begin)))
    return sorted(arrivals), frozenset(still)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(trouble(), st.lists(st.tuples(st.integers(1, 300), st.sampled_from(["before", "after"])), max_size=10))
def test_orders_repeats_and_crashes(
    said: tuple[list[tuple[int, str]], frozenset[str]], crashes: list[tuple[int, str]]
) -> None:
    """Whatever arrives when: open are the contributors in ALARM, at most so many of them by themselves."""
    arrivals, still = said
    estate = Estate(ESTATE)
    estate.table.crashes = dict(crashes)
    for at, body in arrivals:
        estate.now = max(estate.now, at)
        estate.receive(body)
        assert sum(root.kind is Kind.ALONE for root in open_roots(estate)) <= MOST
    estate.table.crashes = {}
    is_open = {key for key in map(series, "abcdef") if any(own.is_open for own in estate.of(key))}
    assert is_open == set(map(series, still))
    assert {*estate.table.register(OWN).in_alarm} == {series(function).alarm for function in still}
    estate.pass_minutes(5)
    assert estate.of(OWN) == []
    assert_whole(estate)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 10_000))
def test_the_bound_holds_while_others_decide(seed: int) -> None:
    """While one decision is under way, others come in between any of its calls; some end the same contributor."""
    chance, estate = random.Random(seed), Estate(ESTATE)  # noqa: S311
    functions = [f"f{number}" for number in range(8)]
    bodies = [contributor(A, T0, function) for function in functions]
    bodies += [contributor(OK, T0 + SECOND, function) for function in functions[:3]]
    bodies += [contributor(A, T0 + 2 * SECOND, functions[0]), own(A, T0, OK, T0 - HOUR)]
    chance.shuffle(bodies)
    estate.now = T0 + MINUTE
    interleave(estate, bodies, chance)
    in_alarm_now = {series(function).alarm for function in (functions[0], *functions[3:])}
    assert {*estate.table.register(OWN).in_alarm} == in_alarm_now
    assert {root.key.alarm for root in open_roots(estate) if root.kind is Kind.ALONE} <= in_alarm_now
    assert sum(root.kind is Kind.ALONE for root in estate.roots) <= MOST
    estate.pass_minutes(5)
    assert estate.of(OWN) == []
    assert_whole(estate)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(trouble(), st.integers(0, 1_000))
def test_lost_ends(said: tuple[list[tuple[int, str]], frozenset[str]], seed: int) -> None:
    """Where events of contributors are lost, the alarm's own end is that of all, and its ALARM is heard of."""
    chance = random.Random(seed)  # noqa: S311
    arrivals, _ = said
    estate = Estate(ESTATE)
    for at, body in arrivals:
        is_own = "Contributor" not in body
        if is_own or chance.random() < 0.5:
            estate.now = max(estate.now, at)
            estate.handle(body)
    estate.now += 10 * MINUTE
    estate.tick()
    stored = estate.table.load(OWN).alarm
    if stored.changes[-1].state == A:
        assert open_roots(estate)
    estate.handle(own(OK, estate.now, A, T0 + 1))
    estate.pass_minutes(4)
    assert open_roots(estate) == []


TEXTS = st.text(max_size=200)


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=14))
def test_hostile_attributes(id_: str, attributes: dict[str, str]) -> None:
    """A name is printable ASCII without markup, mentions and addresses, and leads back to its alarm."""
    data = json.loads(contributor(A, T0, "a"))
    data["detail"]["alarmContributor"] = {"id": id_, "attributes": attributes}
    meaning = read(json.dumps(data))
    if isinstance(meaning, Unreadable):
        assert not id_.strip() or not id_.isprintable()
        return
    assert isinstance(meaning, Change)
    name = meaning.key.alarm
    assert alarm_of(name) == ERRORS
    label = contributor_of(name)
    assert label
    assert len(label) <= LABEL_LIMIT
    assert name.isascii()
    assert name.isprintable()
    assert not {*"<>@*`|[]{}()#&'\"\\~"} & {*label.rpartition("~")[0]}
    assert "//" not in label


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.dictionaries(TEXTS, TEXTS, max_size=4))
@settings(max_examples=60, deadline=None)
def test_two_contributors_have_two_names(one: dict[str, str], other: dict[str, str]) -> None:
    names = [name_of("a", {"id": "1", "attributes": attributes}) for attributes in (one, other)]
    assert (names[0] == names[1]) == (one == other)


@pytest.mark.parametrize(
    "about", [None, [], {}, {"id": 4}, {"id": "1", "attributes": ["x"]}, {"id": "1", "attributes": {"a": 1}}]
)
def test_a_contributor_that_cannot_be_read(about: Any) -> None:
    data = json.loads(contributor(A, T0, "a"))
    data["detail"]["alarmContributor"] = about
    assert isinstance(read(json.dumps(data)), Unreadable)


def test_the_lost_ends_of_many_take_several_looks() -> None:
    estate = Estate(routing({ERRORS: {"severity": "high", "contributors": 100}}, incidents={"storm": None}))
    in_alarm(estate, *(f"f{number}" for number in range(20)))
    estate.handle(own(A, T0, OK, T0 - HOUR))
    estate.now += MINUTE
    estate.handle(own(OK, estate.now, A, T0))
    estate.now += 2 * MINUTE
    estate.service.recheck(OWN, Deadline.after(1))
    assert len(open_roots(estate)) == 20
    estate.pass_minutes(3)
    assert open_roots(estate) == []


def test_the_end_of_an_alarm_without_contributors_reads_no_register() -> None:
    """The row beside the alarm's was read with it."""
    plain = alarm("plain-alarm-prod")
    estate = Estate(ESTATE)
    estate.state(plain, A)
    reads: list[Key] = []
    register = estate.table.register
    estate.table.register = lambda key: (reads.append(key), register(key))[1]  # type: ignore[method-assign]
    estate.now += MINUTE
    estate.state(plain, OK)
    assert reads == []
    assert not estate.of(plain)[0].is_open
