"""No 60 seconds see more calls than the rate and its burst, whoever makes them and whoever dies at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.incident.channels import DeliveryPolicy
from handlers.incident.delivery import health, pace
from handlers.incident.state.channel_state import ChannelState
from tests.handlers.delivery_world import most_in_a_minute

START = 1_795_168_800_000
LEASE = 70_000
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["call", "call", "call", "wait", "long", "release", "die", "429", "down"]),
        st.integers(0, 20_000),
    ),
    max_size=200,
)


@given(rate=st.sampled_from([1.0, 6.0, 10.0, 50.0, 60.0, 100.0, 480.0]), actions=ACTIONS)
@settings(deadline=None, max_examples=200)
def test_no_minute_sees_more_than_rate_and_burst(rate: float, actions: list[tuple[str, int]]) -> None:
    policy = DeliveryPolicy(rate=rate, retry_ms=1, missed="each")
    now, stored, until = START, ChannelState("a"), 0
    held: ChannelState | None = None
    calls: list[float] = []
    for action, number in actions:
        if held is None:
            now = max(now, until)
            until = now + LEASE
            held = pace.refilled(stored, policy, now)
            stored = pace.reserved(held, until)
        if now > until - 10_000:
            action = "release"
        match action:
            case "call":
                for _ in range(number % 40):
                    held = pace.refilled(held, policy, now)
                    wait = pace.wait(held)
                    if now + wait > until - 10_000:
                        break
                    now += wait
                    held = pace.spent(pace.refilled(held, policy, now))
                    calls.append(now)
            case "wait":
                now += number % 1_000
            case "long":
                now += number
            case "release":
                stored, held, until = pace.refilled(held, policy, now), None, 0
            case "die":
                held = None
            case "429":
                held = pace.slowed(pace.refilled(held, policy, now), now)
            case "down":
                held = pace.recovering(pace.refilled(held, policy, now), policy, now)
    assert most_in_a_minute(calls) <= rate + pace.burst(policy) if calls else True


def test_a_worker_that_dies_has_spent_less_than_it_took() -> None:
    policy = DeliveryPolicy(rate=60, retry_ms=1, missed="each")
    taken = pace.reserved(pace.refilled(ChannelState("a"), policy, START), START + LEASE)
    assert pace.refilled(taken, policy, START + LEASE).tokens == 0
    assert pace.refilled(taken, policy, START + LEASE + 2_000).tokens == 2
    assert pace.refilled(taken, policy, START + LEASE - 5_000).tokens == 0


def quiet(channel: ChannelState, policy: DeliveryPolicy, minutes: int) -> float:
    return pace.refilled(channel, policy, channel.slowed_at + minutes * 60_000).rate


def test_halved_when_asked_and_a_tenth_more_each_quiet_minute() -> None:
    policy = DeliveryPolicy(rate=100, retry_ms=1, missed="each")
    slow = pace.slowed(pace.refilled(ChannelState("a"), policy, START), START)
    assert [quiet(slow, policy, minutes) for minutes in (0, 1, 2, 5, 9)] == [50, 60, 70, 100, 100]


def test_a_quarter_after_an_outage_and_doubled_each_quiet_minute() -> None:
    policy = DeliveryPolicy(rate=100, retry_ms=1, missed="each")
    state = pace.recovering(pace.refilled(ChannelState("a"), policy, START), policy, START)
    assert state.tokens == 0
    assert [quiet(state, policy, minutes) for minutes in (0, 1, 2, 3)] == [25, 50, 100, 100]
    assert quiet(pace.slowed(state, START), policy, 1) == 22.5


def test_a_policy_that_was_lowered_holds_at_once() -> None:
    policy = DeliveryPolicy(rate=6, retry_ms=1, missed="each")
    state = ChannelState("a", rate=100, tokens=10, tokens_at=START)
    assert pace.refilled(state, policy, START) == replace(state, rate=6, tokens=1)


def test_five_failures_in_a_row_and_only_probes_are_made() -> None:
    policy = DeliveryPolicy(rate=60, retry_ms=1, missed="each")
    state: Any = ChannelState("a")
    until = []
    for number in range(9):
        state = health.failed(state, "no answer", None, START)
        until.append(health.blocked_until(state, START) - START)
        assert health.is_down(state) is (number >= 4)
    assert until == [0, 0, 0, 0, 30_000, 60_000, 120_000, 300_000, 300_000]
    assert health.blocked_until(state, START, untried_critical=True) == START + 4_000
    state = health.answered(state, policy, START)
    assert not health.is_down(state)
    assert state.failures == 0
    assert state.rate == 15


@pytest.mark.parametrize("failures", [0, 4])
def test_who_asks_to_wait_is_not_called_before(failures: int) -> None:
    state = health.failed(ChannelState("a", failures=failures, rate=60), "429", 400, START)
    assert health.blocked_until(state, START) == START + 400_000
    assert health.blocked_until(state, START, untried_critical=True) == START + 400_000
