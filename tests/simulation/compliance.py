"""Worlds of tag compliance: a seed is a life of some instances, with everything that goes wrong around the checker.

Messages come twice, late and in any order; tag events get lost; invocations are killed before a call or after its
effect, throttled, and run into each other at any call; indexes lag behind. Then all is healed, a scan and some ticks
run, and what people have been told has to be the truth.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Any

from handlers.compliance.judge import judge
from handlers.compliance.ledger import Key, StoredResource
from handlers.compliance.messages import Change, Unreadable, read
from tests.handlers.compliance.memory_ledger import MemoryLedger
from tests.handlers.compliance.scan_world import ACCOUNT, GOOD
from tests.handlers.compliance.world import LISTED, SECOND, ComplianceWorld, Killed, Message, Throttled, moment

STEPS = 40
# How long after the time of a finding the call that shows it may come, in a world where other things come between.
LONGEST_LOOK = 20 * SECOND
SUMMARY_ABOVE = 2
TAGS: tuple[dict[str, str], ...] = (
    GOOD,
    GOOD,
    {},
    {"Environment": "prod", "Application": "shop"},
    {**GOOD, "Environment": "production"},
    {"Temporary": "yes"},
    {**GOOD, "Colour": "blue"},
)
WHO = "IAM user ann, 2026-09-21 14:13 UTC"
LAUNCHED_BY = "Launched by"
LAUNCHERS = ((), (), (), ("spot",), ("auto-scaling",))


@dataclass
class Odds:
    """How often what goes wrong; all 0 once the world is healed."""

    kill: float = 0.02
    throttle: float = 0.02
    other: float = 0.05
    change: float = 0.5
    twice: float = 0.1
    late: float = 0.3
    lost: float = 0.2
    lag: float = 0.3


@dataclass
class LaggingLedger(MemoryLedger):
    """Indexes show what was written some time ago."""

    indexed: dict[Key, StoredResource] = field(default_factory=dict)
    is_lagging: Any = lambda: False

    def _index(self) -> MemoryLedger:
        if not self.is_lagging():
            self.indexed = dict(self.rows)
        return MemoryLedger(self.indexed)

    def open_resources(self, type_: str, after: str, limit: int) -> list[str]:
        return self._index().open_resources(type_, after, limit)

    def due(self, before: int, limit: int) -> list[Key]:
        return self._index().due(before, limit)

    def count_in_summary(self) -> int:
        return self._index().count_in_summary()


class Life(ComplianceWorld):
    """One seed. counted: the changes that a point was put for. faults_happened: how often which did."""

    def __init__(self, seed: int) -> None:
        self.random, self.odds, self.happened = Random(seed), Odds(), Counter[str]()
        seconds = self.random.choice([60.0, 21.0])
        changes = self.random.choice(["each", "each", "summary", "none"])
        notify = {"changes": changes, "scans": "each", "summary_above": SUMMARY_ABOVE, "launcher": True}
        super().__init__(seconds, notify=notify)
        self.account.page_size = self.random.choice([2, 3, 200])
        self.ledger = LaggingLedger(is_lagging=lambda: self.chance("lag"))
        self.faults.before, self.faults.after = self.before_call, self.after_call
        self.loses = lambda event: event["source"] == "aws.tag" and self.chance("lost")
        self.stack: list[Change | None] = []
        self.counted: list[tuple[str, int, int]] = []
        self.changes = Counter[str]()
        # Instances that ever had a wrong value, which is a fault at once.
        self.wrong_values: set[str] = set()
        # What was the case from when on, by instance.
        self.history: dict[str, list[tuple[int, str]]] = {}
        self.number = 0
        self.whole_totals: list[str] = []

    def chance(self, name: str) -> bool:
        """Whether it happens now."""
        happens = self.random.random() < getattr(self.odds, name)
        self.happened[name] += happens
        return happens

    # -- calls

    def before_call(self, _name: str) -> None:
        if self.chance("kill"):
            raise Killed
        if self.chance("throttle"):
            raise Throttled
        if self.chance("other"):
            self.clock.at += self.random.choice([1, 50, 5_000])
            if self.chance("change"):
                self._tag(self.alive)
            visible = [message for message in self.queue.waiting if message.visible_at <= self.clock.at]
            # Two of each queue run at a time.
            if visible and len(self.stack) < 3:
                self.deliver(self.random.choice(visible))

    def after_call(self, name: str) -> None:
        change = self.stack[-1]
        if name == "metrics.put" and change is not None:
            self.counted.append((change.key.id, change.event_at, change.tag_version))
        if self.chance("kill"):
            raise Killed

    def handle(self, message: Any) -> None:
        try:
            meaning = read(message)
        except Unreadable:
            meaning = None  # type: ignore[assignment]
        self.stack.append(meaning if isinstance(meaning, Change) else None)
        try:
            super().handle(message)
        finally:
            self.stack.pop()

    def deliver(self, message: Message) -> bool:
        if self.chance("twice"):
            self.queue.waiting.append(Message(message.body, self.clock.at + self.random.randrange(120_000)))
        return super().deliver(message)

    def route(self, event: dict[str, Any]) -> None:
        before = len(self.queue.waiting)
        super().route(event)
        for message in self.queue.waiting[before:]:
            if self.chance("late"):
                message.visible_at += self.random.randrange(300_000)

    # -- a life

    @property
    def alive(self) -> list[str]:
        """Instances that a scan lists."""
        return [id_ for id_, one in self.account.instances.items() if one.state in LISTED]

    def step(self) -> None:
        """Something happens."""
        alive = self.alive
        moves = ["launch", "launch", "tag", "tag", "tag", "turn", "wait", "wait", "wait", "scan", "tick", "forget"]
        move = self.random.choice(moves if alive else ["launch"])
        if move in ("launch", "tag", "turn"):
            getattr(self, f"_{move}")(alive)
        elif move == "forget":
            gone = [id_ for id_ in self.account.instances if id_ not in alive]
            if gone:
                self.account.forget(self.random.choice(gone))
        elif move == "wait":
            self.wait(self.random.choice([1, 30, 130, 700]))
        else:
            at = moment(self.clock.at)
            self.queue.send({"scan": {"at": at, "by": "schedule"}} if move == "scan" else {"tick": {"at": at}})

    def _launch(self, _alive: list[str]) -> None:
        self.number += 1
        launched_by = self.random.choice(LAUNCHERS)
        tags = self.random.choice(TAGS)
        id_ = self.account.launch(self.number, tags, launched_by=launched_by)
        # CloudTrail takes its time, and may never say.
        known_after = self.random.choice([60, 300, 1_000, 1_100, 10**9])
        self.trail.launches[id_] = (self.clock.at + known_after * SECOND, WHO)
        self._changed(id_, tags)

    def _changed(self, id_: str, tags: dict[str, str]) -> None:
        self.changes[id_] += 1
        self.history.setdefault(id_, []).append((self.clock.at, status(self, id_)))
        if tags.get("Environment") == "production":
            self.wrong_values.add(id_)

    def _tag(self, alive: list[str]) -> None:
        if alive:
            id_, tags = self.random.choice(alive), self.random.choice(TAGS)
            self.account.tag(id_, tags)
            self._changed(id_, tags)

    def _turn(self, alive: list[str]) -> None:
        id_ = self.random.choice(alive)
        self.account.turn(id_, self.random.choice(["terminated", "stopped", "running", "shutting-down"]))
        self._changed(id_, {})

    def live(self) -> None:
        """The whole life, up to where everything has to be true."""
        for _ in range(STEPS):
            self.step()
            if self.random.random() < 0.5:
                self.wait(self.random.choice([1, 10, 60]))
        self.odds = Odds(*[0.0] * len(fields(Odds)))
        self.run()
        # A scan that was given up is in nobody's way after an hour.
        self.clock.at += 3_700 * SECOND
        self.scan()
        self.whole_totals = _totals(self)
        for row in [row for row in self.ledger.rows.values() if row.in_summary][:1]:
            self.account.tag(row.id, GOOD)
            self._changed(row.id, GOOD)
        self.run()
        for _ in range(2):
            self.tick()


def problems(life: Life) -> list[str]:
    """What is not as it has to be, after a life."""
    told = [*_untrue(life), *_summary(life), *_findings(life), *_launchers(life)]
    return [*told, *life.whole_totals, *_counts(life), *_leftovers(life)]


def truth(life: Life) -> dict[str, str]:
    """Each instance that exists to its status."""
    rules = life.rules.of(ACCOUNT)
    today = datetime.fromtimestamp(life.clock.at / 1000, UTC).date()
    statuses = {}
    for id_, one in life.account.instances.items():
        if one.state in LISTED:
            verdict = judge(one, rules, today)
            fine = "exempt" if verdict.exempt else "compliant"
            statuses[id_] = fine if verdict.is_compliant else "non-compliant"
    return statuses


def status(life: Life, id_: str) -> str:
    """What is wrong with an instance right now, as a finding says it; empty for nothing."""
    one = life.account.instances.get(id_)
    if one is None or one.state not in LISTED:
        return ""
    verdict = judge(one, life.rules.of(ACCOUNT), datetime.fromtimestamp(life.clock.at / 1000, UTC).date())
    return f"{', '.join(verdict.missing)}|{len(verdict.invalid)}" if not verdict.is_compliant else ""


def latest(life: Life) -> dict[str, dict[str, Any]]:
    """What the hub knows of each subject: the event with the latest `at`."""
    known: dict[str, dict[str, Any]] = {}
    for detail in life.people.received:
        before = known.get(detail["subject"])
        if before is None or before["at"] < detail["at"]:
            known[detail["subject"]] = dict(detail)
    return known


def _untrue(life: Life) -> list[str]:
    found, known, statuses = [], latest(life), truth(life)
    for id_ in sorted({*statuses, *life.changes}):
        row = life.row(id_)
        is_told = bool(row and row.in_summary)
        wants = "ALARM" if statuses.get(id_) == "non-compliant" and not is_told else "OK"
        has = known.get(id_, {}).get("state", "OK")
        if has != wants:
            found.append(f"people have {has} of {id_}, and it is {statuses.get(id_, 'gone')}")
        elif has == "ALARM":
            rules, today = life.rules.of(ACCOUNT), datetime.fromtimestamp(life.clock.at / 1000, UTC).date()
            faults = judge(life.account.instances[id_], rules, today).missing
            if _missing(known[id_]) != ", ".join(faults):
                found.append(f"people have other faults of {id_} than it has")
    return found


def _summary(life: Life) -> list[str]:
    count = sum(row.in_summary for row in life.ledger.rows.values())
    has = latest(life).get("summary", {"state": "OK", "title": ""})
    if (has["state"] == "ALARM") != bool(count):
        return [f"the summary is {has['state']}, and it stands for {count}"]
    said = re.match(r"([0-9]+) resource", has["title"])
    if count and (said is None or int(said[1]) != count):
        return [f"the summary says {has['title']!r} of {count}"]
    return []


def _totals(life: Life) -> list[str]:
    wants = Counter(truth(life).values())
    total = life.ledger.totals(1)[0]
    has = {name: total[name] for name in ("compliant", "non_compliant", "exempt")}
    if has != {name: wants[name.replace("_", "-")] for name in has}:
        return [f"the last scan counted {has}, and there are {dict(wants)}"]
    return []


def _findings(life: Life) -> list[str]:
    """Each change of an instance is worth one finding at most; none comes too early, and each was true in its time."""
    found = []
    events = Counter(subject for subject, _ in {(d["subject"], d["at"]) for d in life.people.received})
    for id_, number in events.items():
        # The end of what nobody was there to be told of any more is one more, and who launched it another.
        most = life.changes[id_] + 1 + ("launcher" in _body(life, id_))
        if id_ != "summary" and number > most:
            found.append(f"{number} findings of {id_} after {life.changes[id_]} changes")
    for detail in life.people.received:
        one = life.account.instances.get(detail["subject"])
        if one and detail["subject"] not in life.wrong_values and detail["at"] < one.launched_at + 119 * SECOND:
            found.append(f"people heard of {detail['subject']} before its tags could be there")
        if detail["subject"] != "summary" and _said(detail) not in _true_then(life, detail["subject"], detail["at"]):
            found.append(f"people heard of {detail['subject']} what was not so at {detail['at']}")
    return found


def _body(life: Life, id_: str) -> Mapping[str, Any]:
    row = life.row(id_)
    return row.body if row else {}


def _launchers(life: Life) -> list[str]:
    """Who launched an instance is added once, only to what is open, and asking for it makes no dead letters."""
    found = [f"a dead letter: {body}" for body in life.queue.dead if "launcher" in body]
    findings: dict[str, dict[int, Mapping[str, Any]]] = {}
    for detail in life.people.received:
        findings.setdefault(detail["subject"], {})[detail["at"]] = detail
    for id_, by_at in findings.items():
        alarms = [by_at[at] for at in sorted(by_at) if by_at[at]["state"] == "ALARM"]
        said = [WHO in dict(detail.get("facts", ())).get(LAUNCHED_BY, "") for detail in alarms]
        life.happened["launcher"] += any(said)
        if said != sorted(said):
            found.append(f"who launched {id_} was forgotten")
        found += [f"people heard of {id_} the same again at {at}" for at in _repeated(life, id_, by_at)]
    return found


def _repeated(life: Life, id_: str, by_at: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Times of findings that say what the one before said, while nothing has happened to the instance."""
    if id_ == "summary":
        return []
    times = sorted(by_at)
    return [
        later
        for earlier, later in pairwise(times)
        if {**by_at[earlier], "at": 0} == {**by_at[later], "at": 0}
        and not any(earlier - LONGEST_LOOK < when <= later for when, _ in life.history[id_])
    ]


def _said(detail: Mapping[str, Any]) -> str:
    is_invalid = int("Invalid" in dict(detail.get("facts", ())))
    return f"{_missing(detail)}|{is_invalid}" if detail["state"] == "ALARM" else ""


def _missing(detail: Mapping[str, Any]) -> str:
    """The keys that are missing, without what their values may be."""
    return re.sub(r" \([^)]*\)", "", dict(detail.get("facts", ())).get("Missing", ""))


def _true_then(life: Life, id_: str, at: int) -> set[str]:
    """What was the case at that time, or came to be while an invocation that began then looked."""
    history = life.history[id_]
    before = [fault for when, fault in history if when <= at]
    return {*before[-1:], *(fault for when, fault in history if at < when <= at + LONGEST_LOOK)}


def _counts(life: Life) -> list[str]:
    twice = [key for key, number in Counter(life.counted).items() if number > 1 and any(key[1:])]
    unnamed = [key for key in life.counted if not any(key[1:])]
    return [f"counted more than once: {key}" for key in twice] + [f"counted without a change: {key}" for key in unnamed]


def _leftovers(life: Life) -> list[str]:
    found = [f"{row.id} still owes a finding" for row in life.ledger.rows.values() if row.owed]
    found += [f"{row.id} is decided by nobody" for row in life.ledger.rows.values() if row.is_pending]
    found += [f"no JSON in {key}" for key, body in life.bucket.objects.items() if not _is_json(body)]
    if life.ledger.running_scan():
        found.append("a scan runs for ever")
    if life.queue.waiting:
        found.append("messages are left")
    return found


def _is_json(body: str) -> bool:
    return all(isinstance(json.loads(text), dict) for text in body.splitlines())


def lived(seed: int) -> tuple[Life, list[str]]:
    """A seed's life, and what is wrong at its end."""
    life = Life(seed)
    life.live()
    return life, problems(life)
