"""A composite and its parts in any order, with duplicates and crashes: one incident, as its members say."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.incident.events import Key
from handlers.incident.state.records import Kind
from tests.handlers.alarm_world import NO_DATA, OK, A
from tests.handlers.group_world import HOUR, MINUTE, SECOND, T0, Estate, alarm, assert_whole, routing
from tests.handlers.test_service import event

DOWN = "payments-down-alarm-prod"
PARTS = [f"part-{number}-alarm-prod" for number in range(10)]
ESTATE = routing(
    {
        DOWN: {"severity": "critical", "parts_of": [DOWN]},
        **{
            name: {
                "severity": ["critical", "high", "medium", "low"][number % 4],
                "parts_of": [DOWN],
                # Some of them of two services, each of which could have a group of its own.
                **({"service": f"service-{number % 2}"} if number % 3 else {}),
            }
            for number, name in enumerate(PARTS)
        },
    },
    incidents={"storm": None},
)
KEYS = [alarm(name) for name in (DOWN, *PARTS)]


@st.composite
def outages(draw: st.DrawFn) -> tuple[list[tuple[int, str]], bool]:
    """What CloudWatch says of one outage, as it arrives: time and body; and whether it is over for all in the end."""
    arrivals: list[tuple[int, str]] = []
    is_over = True
    for key in KEYS:
        at = T0 + draw(st.integers(0, 60)) * SECOND
        before, since, number = OK, T0 - HOUR, draw(st.integers(1, 4))
        for index in range(number):
            state = A if index % 2 == 0 else OK
            body = event(state, at, before, since, key=key)
            for _ in range(draw(st.integers(1, 2))):
                arrivals.append((at + draw(st.integers(0, 240)) * SECOND, body))
            before, since, at = state, at, at + draw(st.integers(1, 120)) * SECOND
        is_over = is_over and number % 2 == 0
    return sorted(arrivals), is_over


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(outages(), st.lists(st.tuples(st.integers(1, 400), st.sampled_from(["before", "after"])), max_size=12))
def test_one_cause_is_one_incident(outage: tuple[list[tuple[int, str]], bool], crashes: list[tuple[int, str]]) -> None:
    arrivals, is_over = outage
    estate = Estate(ESTATE)
    estate.table.crashes = dict(crashes)
    for at, body in arrivals:
        estate.now = max(estate.now, at)
        estate.receive(body)
    root = estate.root
    assert root.kind is Kind.GROUP
    assert root.is_open == (not is_over)
    assert root.members == len(KEYS)
    assert_whole(estate)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 10_000))
def test_two_at_once_never_make_two(seed: int) -> None:
    """While one decision is under way, others come in between any of its calls."""
    chance, estate = random.Random(seed), Estate(ESTATE)  # noqa: S311
    bodies = [event(A, T0 + number, OK, T0 - HOUR, key=key) for number, key in enumerate(KEYS)]
    chance.shuffle(bodies)
    estate.now = T0 + MINUTE
    interleave(estate, bodies, chance)
    root = estate.root
    assert (root.members, root.open_members, root.severity) == (len(KEYS), len(KEYS), "critical")
    assert_whole(estate)


def interleave(estate: Estate, bodies: list[str], chance: random.Random) -> None:
    """Each call of a decision may be preceded by a whole other decision; a call of the table itself is one piece."""
    table, is_within = estate.table, False
    names = ("load", "load_incident", "open_groups", "commit", "members", "commit_review", "register", "save_register")

    def wrapped(name: str) -> None:
        call = getattr(table, name)

        def called(*args: object, **more: object) -> object:
            nonlocal is_within
            if bodies and not is_within and chance.random() < 0.3:
                estate.handle(bodies.pop())
            before, is_within = is_within, True
            try:
                return call(*args, **more)
            finally:
                is_within = before

        setattr(table, name, called)

    for name in names:
        wrapped(name)
    while bodies:
        estate.handle(bodies.pop())


@pytest.mark.parametrize("first", [DOWN, PARTS[1], PARTS[3]])
def test_whoever_is_first_decides_what_the_incident_is_called_and_nothing_else(first: str) -> None:
    estate = Estate(ESTATE)
    for name in (first, *(key.alarm for key in KEYS if key.alarm != first)):
        estate.now += SECOND
        estate.state(alarm(name), A)
    assert estate.root.key.alarm == (first if first == DOWN else estate.root.key.alarm)
    assert estate.root.members == len(KEYS)


def test_the_same_composite_elsewhere_is_another_cause() -> None:
    estate = Estate(ESTATE)
    for key in (alarm(DOWN), alarm(PARTS[0], region="eu-west-1"), alarm(PARTS[0], "333333333333")):
        estate.state(key, A)
    assert len(estate.roots) == 3


def test_missing_data_before_its_cause_stays_a_notice_of_its_own() -> None:
    estate = Estate(ESTATE)
    key: Key = alarm(PARTS[0])
    estate.state(key, NO_DATA)
    estate.now += SECOND
    estate.state(alarm(DOWN), A)
    estate.now += SECOND
    estate.state(alarm(PARTS[1]), NO_DATA)
    assert [(root.kind, root.members) for root in estate.roots] == [(Kind.NO_DATA, 0), (Kind.GROUP, 2)]
    assert_whole(estate)
