"""Lives of instances in which everything goes wrong around the checker, and each of its safeguards taken away once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from handlers.compliance import (
    changes,
    launcher_search,
    observation,
    observing,
    outbox,
    scan,
    scan_finish,
    scan_pages,
    tick,
)
from handlers.compliance.ledger import StoredResource
from handlers.compliance.observation import New, Observation, apply_observation
from handlers.compliance.steps import Phase, Step
from tests.handlers.compliance.memory_ledger import MemoryLedger
from tests.simulation.compliance import LaggingLedger, lived

SEEDS = range(40)
# A seed that shows it is among these; fewer are needed as a rule.
MUTANT_SEEDS = range(600)
Patch = tuple[Any, str, Any]


@pytest.mark.parametrize("start", range(0, len(SEEDS), 10))
def test_people_have_the_truth_whatever_went_wrong(start: int) -> None:
    happened = Counter[str]()
    for seed in SEEDS[start : start + 10]:
        life, found = lived(seed)
        assert not found, f"seed {seed}"
        happened += life.happened
    assert set(happened) == {"kill", "throttle", "other", "twice", "late", "lost", "lag", "change", "launcher"}


def test_the_same_seed_is_the_same_life() -> None:
    assert lived(7)[0].people.received == lived(7)[0].people.received


# -- safeguards taken away


@dataclass(frozen=True)
class Mutant:
    """A safeguard, and what takes it away. seeds: looked at first, where few show it."""

    name: str
    patches: tuple[Patch, ...]
    seeds: tuple[int, ...] = ()


def older_wins(before: StoredResource | None, seen: Observation, environment: str, new: New) -> StoredResource:
    """Whatever is saved last counts, whenever it was observed."""
    at = max(seen.observed_at, before.observed_at + 1 if before else 0)
    return apply_observation(before, replace(seen, observed_at=at), environment, new)


def unconditional(self: MemoryLedger, remembered: StoredResource, now: int) -> StoredResource:
    """A row is written whatever was written since it was read."""
    self.rows[remembered.key] = replace(remembered, version=remembered.version + 1)
    return self.rows[remembered.key]


def settled_first(rows: Iterable[StoredResource], world: Any) -> int:
    """What is to be sent is written down as sent before it is."""
    owing = [row for row in rows if row.owed]
    for row in owing:
        outbox._settle(row, world.ledger, world.now())
    world.findings.send([row.owed.detail for row in owing if row.owed])
    return len(owing)


def settled_all(remembered: StoredResource, _owed: Any) -> StoredResource:
    """What is owed by now is taken for what was sent."""
    return replace(remembered, sent=remembered.latest, owed=None)


def said_again(self: StoredResource) -> bool:
    """Whatever is wrong is told again."""
    return self.is_open and not self.in_summary


def closed_nothing(step: Step, world: Any, _deadline: Any) -> Step:
    """What was not listed stays as it was."""
    return Step(step.scan, Phase.FINISH)


def forgotten(before: StoredResource | None, seen: Observation, environment: str, new: New) -> StoredResource:
    """The verdict is saved without what is owed."""
    after = apply_observation(before, seen, environment, new)
    known = before.owed if before else None
    return after if after.owed == known else replace(after, owed=known, sent=after.latest)


def without_launcher(before: StoredResource | None, seen: Observation, environment: str, new: New) -> StoredResource:
    """Who launched the instance is not remembered longer than until the next look."""
    return apply_observation(replace(before, body={}) if before else None, seen, environment, new)


def never_said(remembered: StoredResource) -> bool:
    """Whatever is open and told takes another word on its launch."""
    return observation.lacks_launcher(replace(remembered, body={}))


def whatever_it_is(remembered: StoredResource) -> bool:
    """Who launched it is said of what is closed, too."""
    return remembered.type == "ec2:instance" and "launcher" not in remembered.body


def everywhere(function: Callable[..., Any]) -> tuple[Patch, ...]:
    return ((changes, "apply_observation", function), (observing, "apply_observation", function))


MUTANTS = (
    Mutant("the newer observation counts", everywhere(older_wins), (40, 97, 105)),
    Mutant("a row is written on a condition", ((MemoryLedger, "save", unconditional),)),
    Mutant("sent, then written down", ((outbox, "send_findings", settled_first),)),
    Mutant("what is owed by now stays owed", ((outbox, "mark_sent", settled_all),), (510, 719, 736)),
    Mutant("what is owed is saved with the verdict", everywhere(forgotten)),
    Mutant("what is owed is looked for", ((LaggingLedger, "due", lambda *_: []),)),
    Mutant("people hear of what is new to them", ((StoredResource, "is_pending", property(said_again)),)),
    Mutant("an end is told", ((observation, "_closed", lambda after, *_: after),)),
    Mutant("tags have their time", tuple((m, "settling_s", lambda *_: 0) for m in (changes, scan_pages))),
    Mutant("a change counts once", ((changes, "is_counted", lambda *_: True),)),
    Mutant("what is not listed is gone", ((scan, "_PHASES", {**scan._PHASES, Phase.CLOSE: closed_nothing}),)),
    Mutant("the tick follows the summary", ((tick, "_refresh", lambda _world: None),)),
    Mutant("what a scan found is decided", ((scan_finish, "_decide", lambda *_: None),)),
    Mutant("who launched it stays known", everywhere(without_launcher)),
    Mutant("who launched it is said once", ((launcher_search, "lacks_launcher", never_said),)),
    Mutant("who launched it is said of what is open", ((launcher_search, "lacks_launcher", whatever_it_is),)),
    Mutant("who launched it is said of what is so", ((launcher_search, "_is_as_remembered", lambda *_: True),)),
    Mutant("nobody waits for CloudTrail", ((launcher_search, "PostponedMessage", RuntimeError),)),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_safeguard_that_is_missing_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    for where, name, value in mutant.patches:
        monkeypatch.setattr(where, name, value)
    assert any(lived(seed)[1] for seed in (*mutant.seeds, *MUTANT_SEEDS))
