"""Lives of errors in which everything goes wrong around the event store, and each of its safeguards taken away once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest

from handlers.events import agent_life, conditions, errors, happenings, observing, outbox, tick, windows
from handlers.events.errors import Novelty, with_next_due
from handlers.events.records import Condition, Count, Error, State, Status, Window
from tests.handlers.events.memory_store import MemoryStore
from tests.simulation.monitoring import LaggingStore, lived

SEEDS = range(24)
# A seed that shows it is among these; fewer are needed as a rule.
MUTANT_SEEDS = range(300)
Patch = tuple[Any, str, Any]


@pytest.mark.parametrize("start", range(0, len(SEEDS), 8))
def test_people_have_the_truth_whatever_went_wrong(start: int) -> None:
    happened = Counter[str]()
    for seed in SEEDS[start : start + 8]:
        life, found = lived(seed)
        assert not found, f"seed {seed}"
        happened += life.happened
    assert set(happened) == {"kill", "throttle", "other", "twice", "late", "lost", "lag", "jump", "refuse", "meddle"}


@pytest.mark.parametrize("seed", [61, 165])
def test_what_was_found_here_once_stays_mended(seed: int) -> None:
    """A late first pass between the parts of a final one (61); an agent that sends while it is called silent (165)."""
    assert lived(seed)[1] == []


def test_the_same_seed_is_the_same_life() -> None:
    assert lived(7)[0].people.received == lived(7)[0].people.received


# -- safeguards taken away


@dataclass(frozen=True)
class Mutant:
    """A safeguard, and what takes it away. seeds: looked at first, where few show it."""

    name: str
    patches: tuple[Patch, ...]
    seeds: tuple[int, ...] = ()


def unconditional(self: MemoryStore, items: dict[Any, Any], key: Any, record: Any, expected: int) -> Any:
    """A record is written whatever was written since it was read."""
    items[key] = replace(record, version=expected + 1)
    return items[key]


def replaced(self: MemoryStore, count: Count) -> int:
    """The last count that comes is the count."""
    self.count_items[count.fingerprint, count.start, count.source] = count
    return 0


def added(self: MemoryStore, count: Count) -> int:
    """Counts are added up."""
    key = (count.fingerprint, count.start, count.source)
    before = self.count_items.get(key)
    self.count_items[key] = replace(count, count=count.count + (before.count if before else 0))
    return 0


def settled_first(records: Any, outputs: Any) -> int:
    """What is to be sent is written down as sent before it is."""
    owing = [(one, one.owed) for one in records if one.owed]
    for one, owed in owing:
        outbox._settle(one, owed, outputs)
    outputs.findings.send([owed for _, owed in owing])
    return len(owing)


def settled_all(record: Any, _owed: Any, outputs: Any) -> None:
    """What is owed by now is taken for what was sent."""
    if isinstance(record, Error):
        now = outputs.store.head(record.fingerprint)
        if now and now.owed:
            clear = replace(now, owed=None, notified=now.owed.as_notified)
            outputs.store.save(with_next_due(clear, outputs.settings), now.version)
        return
    condition = outputs.store.condition(record.check, record.source, record.subject)
    if condition and condition.owed:
        outputs.store.save_condition(conditions.without_pending(condition), condition.version)


def always_back(error: Error | None, seen: Any, settings: Any) -> Novelty:
    """What was resolved is back with whatever comes, however late."""
    if error and error.state is State.RESOLVED:
        return Novelty.BACK
    return errors.novelty(error, seen, settings)


def never_back(error: Error | None, seen: Any, settings: Any) -> Novelty:
    """What is known is known."""
    return Novelty.KNOWN if error else Novelty.NEW


def by_its_own(window: Any, store: Any) -> dict[str, Error]:
    """What was merged stays what it was."""
    known: dict[str, Error] = store.heads([one.fingerprint for one in window.errors])
    return known


def any_moment(condition: Condition, at: int, said: Any, settings: Any, lasts: int = 0) -> Condition:
    """Whatever bad is heard of opens a condition, however old it is."""
    known = condition if condition.is_open else replace(condition, last_at=0, changed_at=0)
    return conditions.open_condition(known, at, said, settings, lasts)


def open_for_ever(condition: Condition, at: int, said: Any, settings: Any, _lasts: int = 0) -> Condition:
    """What opens is closed by somebody else alone."""
    return conditions.open_condition(condition, at, said, settings)


def whole_at_once(self: Window) -> bool:
    """One part of a final pass is taken for all of it."""
    return bool(self.final)


def always_observed(error: Error | None, seen: Any, settings: Any) -> Error:
    """The same, for the state of the error."""
    late = error and error.state is State.RESOLVED
    known = replace(error, state_at=0) if error and late else error
    return OBSERVED(known, seen, settings)


def never_well(agent: Any, window: Any, now: int, settings: Any) -> Any:
    """An agent that was called silent once stays it."""
    after = HEARTBEAT(agent, window, now, settings)
    return replace(after, status=agent.status) if agent and agent.status is Status.SILENT else after


LATE: tuple[Patch, ...] = ((observing, "updated_error", always_observed), (observing, "novelty", always_back))
OBSERVED, HEARTBEAT = errors.updated_error, agent_life.heartbeat
MUTANTS = (
    Mutant("a record is written on a condition", ((MemoryStore, "_save", unconditional),)),
    Mutant("a final count is final", ((MemoryStore, "put_count", replaced),)),
    Mutant("counts are replaced", ((MemoryStore, "put_count", added),)),
    Mutant("what the final pass has not is none", ((windows, "_replace_missing", lambda *_: None),)),
    Mutant("a final pass has all its parts", ((Window, "is_final", property(whole_at_once)),), (43, 70, 103)),
    Mutant("sent, then written down", ((outbox, "send", settled_first),)),
    Mutant("what is owed by now stays owed", ((outbox, "_settle", settled_all),), (33,)),
    Mutant("what is owed is saved with the error", ((observing, "with_open_finding", lambda one, *_: one),)),
    Mutant("what is owed is looked for", ((LaggingStore, "due", lambda *_: []),)),
    Mutant("an occurrence has its time", LATE, (4,)),
    Mutant("what was resolved may come back", ((windows, "novelty", never_back), (observing, "novelty", never_back))),
    Mutant("an alias counts as its error", tuple((m, "known_heads", by_its_own) for m in (observing, windows))),
    Mutant("an older moment opens nothing", ((happenings, "open_condition", any_moment),)),
    Mutant("silence is over by itself", ((tick, "open_condition", open_for_ever),), (35, 99, 114)),
    Mutant("a task's failure is over by itself", ((happenings, "open_condition", open_for_ever),)),
    Mutant("a service that is listed no more runs", ((windows, "_close_healthy", lambda *_: None),)),
    Mutant("an agent that sends is well", ((agent_life, "heartbeat", never_well),)),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_safeguard_that_is_missing_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    for where, name, value in mutant.patches:
        monkeypatch.setattr(where, name, value)
    assert any(lived(seed)[1] for seed in (*mutant.seeds, *MUTANT_SEEDS))
