"""What follows from observations: their order and number do not matter, and people end up with the truth."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance.ledger import SUMMARY, Key, PendingFinding, SentFinding, State, Status, StoredResource
from handlers.compliance.observation import (
    New,
    Observation,
    apply_observation,
    is_counted,
    is_worth_saving,
    mark_sent,
    owe,
    put_in_summary,
    subject,
)
from handlers.compliance.resource import EC2_INSTANCE

KEY = Key(EC2_INSTANCE, "i-0123456789abcdef0")
NOT_OPEN = (Status.COMPLIANT, Status.EXEMPT, Status.GONE)


def observed(at: int, fault: str = "", status: Status | None = None, **more: Any) -> Observation:
    """A resource with this fault; empty: with none."""
    found = status or (Status.NON_COMPLIANT if fault else Status.COMPLIANT)
    return Observation(KEY, at, found, fault, {"missing": fault}, {"title": fault or "fine"}, **more)


def after(*observations: Observation, new: New = New.EACH, start: StoredResource | None = None) -> StoredResource:
    row = start
    for observation in observations:
        row = apply_observation(row, observation, "prod", new)
    assert row is not None
    return row


def delivered(row: StoredResource) -> StoredResource:
    return mark_sent(row, row.owed) if row.owed else row


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    """Observations at different times, in the order of time."""
    times = draw(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True))
    made = []
    for at in sorted(times):
        fault = draw(st.sampled_from(["", "", "Owner", "Owner,Team"]))
        status = Status.NON_COMPLIANT if fault else draw(st.sampled_from(NOT_OPEN))
        counts = {"event_at": draw(st.integers(0, 9)), "tag_version": draw(st.integers(0, 3))}
        made.append(observed(at, fault, status, seen=draw(st.integers(0, 9)), **counts))
    return made


def facts(row: StoredResource) -> tuple[Any, ...]:
    """What is remembered of the resource itself."""
    return (
        row.observed_at,
        row.status,
        row.fingerprint,
        row.body,
        row.content,
        row.event_at,
        row.tag_version,
        row.seen,
    )


@given(histories(), st.data())
def test_any_order_and_number_of_observations_ends_in_the_same(history: list[Observation], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    shuffled = data.draw(st.permutations(history + again))
    in_order, mixed = after(*history), after(*shuffled)
    assert facts(mixed) == facts(in_order)
    assert is_true(delivered(mixed))


@dataclass
class Life:
    """One resource through observations, sends and scans. events: what was sent. owings: what was ever owed."""

    row: StoredResource | None = None
    events: list[PendingFinding] = field(default_factory=list)
    owings: list[PendingFinding] = field(default_factory=list)

    def step(self, row: StoredResource) -> None:
        if row.owed and (not self.owings or self.owings[-1] != row.owed):
            self.owings.append(row.owed)
        self.row = row

    def send(self, is_settled: bool) -> None:
        """is_settled: whether it is also written down, or the function ended before."""
        if self.row and self.row.owed:
            self.events.append(self.row.owed)
            if is_settled:
                self.row = mark_sent(self.row, self.row.owed)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life()
    history = draw(histories())
    moves = draw(st.permutations(history + draw(st.lists(st.sampled_from(history), max_size=3))))
    for observation in moves:
        life.step(apply_observation(life.row, observation, "prod", draw(st.sampled_from(New))))
        for move in draw(st.lists(st.sampled_from(["send", "crash", "owe", "summary"]), max_size=2)):
            assert life.row is not None
            if move in ("send", "crash"):
                life.send(move == "send")
            else:
                life.step(owe(life.row, "prod") if move == "owe" else put_in_summary(life.row))
    assert life.row is not None
    life.step(owe(life.row, "prod"))
    life.send(True)
    return life


def is_true(row: StoredResource) -> bool:
    """Whether people have what is the case."""
    state = row.told.state if row.told else State.OK
    if row.in_summary:
        return row.is_open and state is State.OK
    if row.is_open:
        return state is State.ALARM and row.told is not None and row.told.fingerprint == row.fingerprint
    return state is State.OK


@given(lives())
def test_people_have_the_truth_once_everything_owed_is_sent(life: Life) -> None:
    assert life.row is not None and life.row.owed is None
    assert is_true(life.row)
    if life.events:
        # Whoever keeps the event with the latest `at` has what is remembered as told.
        last = max(life.events, key=lambda event: event.at)
        assert life.row.told == last.as_sent


@given(lives())
def test_nobody_hears_of_an_end_without_a_beginning(life: Life) -> None:
    states = [owed.state for owed in life.owings]
    assert states[:1] in ([], [State.ALARM])
    assert all(before is State.ALARM for before, state in zip(states, states[1:], strict=False) if state is State.OK)


@given(lives())
def test_findings_get_later_and_differ(life: Life) -> None:
    for before, owed in zip(life.owings, life.owings[1:], strict=False):
        assert before.at < owed.at
        assert (before.state, before.fingerprint) != (owed.state, owed.fingerprint)
    for event in life.events:
        assert [other.detail for other in life.events if other.at == event.at].count(event.detail) >= 1
        assert len({str(other.detail) for other in life.events if other.at == event.at}) == 1


def test_the_finding_is_what_the_hub_reads() -> None:
    row = after(observed(5, "Owner"))
    assert row.owed is not None
    assert row.owed.detail == {
        "version": 1,
        "environment": "prod",
        "check": "tag-compliance",
        "subject": KEY.id,
        "state": "ALARM",
        "at": 5,
        "title": "Owner",
    }


def test_what_did_not_change_is_not_told_again() -> None:
    row = delivered(after(observed(5, "Owner")))
    assert after(observed(6, "Owner"), start=row).owed is None


def test_other_faults_are_an_update_and_their_end_is_told_even_while_a_scan_holds_first_findings() -> None:
    row = delivered(after(observed(5, "Owner")))
    updated = after(observed(6, "Owner,Team"), start=row, new=New.HOLD)
    assert updated.owed and (updated.owed.state, updated.owed.at) == (State.ALARM, 6)
    closed = after(observed(7), start=updated, new=New.HOLD)
    assert closed.owed and (closed.owed.state, closed.owed.at) == (State.OK, 7)


def test_a_scan_holds_a_first_finding_until_it_decides() -> None:
    row = after(observed(5, "Owner"), new=New.HOLD)
    assert row.is_pending and row.owed is None
    assert owe(row, "prod").owed
    told = put_in_summary(row)
    assert told.in_summary and not told.is_pending
    # A change of something that the summary tells is no finding of its own, and neither is its end.
    assert after(observed(6, "Owner,Team"), start=told).owed is None
    assert after(observed(6), start=told).owed is None
    assert not after(observed(6), start=told).in_summary


def test_a_first_finding_may_go_to_the_summary_at_once() -> None:
    assert after(observed(5, "Owner"), new=New.SUMMARY).in_summary
    open_ = delivered(after(observed(5, "Owner")))
    assert after(observed(6, "Team"), start=open_, new=New.SUMMARY).owed


def test_an_end_replaces_a_finding_that_may_have_been_sent_and_comes_later_than_it() -> None:
    row = after(observed(5, "Owner"))
    # The clock of another function may be behind.
    assert after(observed(6), start=replace(row, owed=replace(row.owed, at=9))).owed.at == 10  # type: ignore[union-attr,arg-type]


def test_what_is_owed_by_now_stays_owed_when_an_earlier_finding_was_sent() -> None:
    first = after(observed(5, "Owner"))
    assert first.owed
    second = after(observed(6), start=first)
    settled = mark_sent(second, first.owed)
    assert (settled.told, settled.owed) == (SentFinding(5, State.ALARM, "Owner"), second.owed)
    assert second.owed
    both = mark_sent(settled, second.owed)
    assert mark_sent(both, first.owed) == both


@pytest.mark.parametrize("status", NOT_OPEN)
def test_nothing_is_owed_of_what_was_never_wrong(status: Status) -> None:
    row = after(observed(5, status=status))
    assert (row.owed, row.told, row.is_open) == (None, None, False)


def test_a_change_counts_once() -> None:
    first = after(observed(5, "Owner", event_at=3))
    assert is_counted(None, first)
    assert not is_counted(first, after(observed(6, "Owner", event_at=3), start=first))
    assert is_counted(first, after(observed(7, "Owner", tag_version=1), start=first))
    # An observation that is too late for the state is a change all the same.
    assert is_counted(first, after(observed(4, event_at=4), start=first))


def test_a_scan_writes_what_is_open_and_what_has_changed() -> None:
    fine, wrong = after(observed(5, seen=5)), after(observed(5, "Owner", seen=5))
    assert not is_worth_saving(None, fine)
    assert is_worth_saving(None, wrong)
    assert not is_worth_saving(fine, after(observed(6, seen=6), start=fine))
    assert is_worth_saving(wrong, after(observed(6, "Owner", seen=6), start=wrong))
    assert is_worth_saving(wrong, after(observed(6), start=wrong))
    assert is_worth_saving(fine, after(observed(6, status=Status.GONE), start=fine))


@given(st.text(min_size=1, max_size=400))
def test_a_subject_is_one_that_the_hub_takes(id_: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9:/._+=@-]{0,199}", subject(Key("s3:bucket", id_)))


def test_subjects() -> None:
    assert subject(KEY) == KEY.id
    assert subject(SUMMARY) == "summary"
    assert subject(Key("lambda:function", "orders")) == "lambda:function/orders"
    assert subject(Key("x", "a b")) != subject(Key("x", "a_b"))
