"""Worlds of the event store: a seed is a life of three agents and some errors, with everything that goes wrong there.

Messages come twice, late and in any order; agents are lost for a while and make up for it; invocations are killed
before a call or after its effect, throttled, and run into each other at any call; indexes lag behind; the hub's clock
jumps. People resolve, ignore and merge meanwhile. Then all is healed, and counts and what people have been told have to
be the truth.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from handlers.common.deadline import Deadline
from handlers.events import actions, happenings, states, tick, windows
from handlers.events.aliases import follow
from handlers.events.messages import AgentWindow, MonitoringMessage, Tick
from handlers.events.outputs import Outputs
from handlers.events.reading import read
from handlers.events.records import Agent, Condition, Conflict, Error, Page, PendingFinding, Source, State
from tests.handlers.events.events_world import (
    CHECKOUT,
    EVERY,
    HOUR,
    LEDGER,
    MINUTE,
    REGION,
    T0,
    error,
    fingerprint,
    happening,
    iso,
    settings,
    window,
)
from tests.handlers.events.memory_store import MemoryStore

PERIODS, QUIET_PERIODS = 16, 24
PLACES = (Source(CHECKOUT, REGION), Source(CHECKOUT, "us-east-1"), Source(LEDGER, REGION))
SERVICES = ("shop/ledger", "shop/pay")
READS = (
    "head",
    "heads",
    "counts",
    "due",
    "agents",
    "agent",
    "condition",
    "conditions",
    "recent_errors",
    "deployments",
    "pulse",
)


class Killed(BaseException):
    """The invocation ends here."""


class Throttled(Exception):
    """AWS takes no more for the moment."""


@dataclass
class Odds:
    """How often what goes wrong; all 0 once the world is healed."""

    kill: float = 0.02
    throttle: float = 0.01
    other: float = 0.04
    twice: float = 0.1
    late: float = 0.3
    lost: float = 0.05
    lag: float = 0.3
    jump: float = 0.2
    refuse: float = 0.05
    meddle: float = 0.02


@dataclass
class LaggingStore(MemoryStore):
    """Indexes show what was written some time ago; the rows themselves are read as they are."""

    is_lagging: Any = lambda: False
    indexed: dict[str, Any] = field(default_factory=dict)

    def _index(self) -> MemoryStore:
        if not self.is_lagging() or not self.indexed:
            names = ("errors", "agent_items", "condition_items")
            self.indexed = {name: dict(getattr(self, name)) for name in names}
        return MemoryStore(**self.indexed)

    def due(self, before: int, limit: int) -> list[Error | Condition]:
        found: list[Error | Condition | None] = []
        for one in self._index().due(before, limit):
            is_error = isinstance(one, Error)
            found.append(self.head(one.fingerprint) if is_error else self.condition(one.check, one.source, one.subject))
        return [one for one in found if one and 0 < one.due < before]

    def agents(self) -> list[Agent]:
        return [self.agent_items[one.source] for one in self._index().agents()]

    def recent_errors(self, since: int, start_after: str, limit: int) -> Page[Error]:
        page = self._index().recent_errors(since, start_after, limit)
        return Page(tuple(self.errors[one.fingerprint] for one in page.items), page.next)


class Called:
    """A store or bus, with something that may happen before and after each call."""

    def __init__(self, inner: Any, life: Life) -> None:
        self._inner, self._life = inner, life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*arguments: Any) -> Any:
            self._life.before_call()
            answer = method(*arguments)
            if name not in READS and self._life.chance("kill"):
                raise Killed
            return answer

        return call


@dataclass
class People:
    """The bus, and everything that came over it."""

    life: Life
    received: list[PendingFinding] = field(default_factory=list)

    def send(self, owed: list[PendingFinding]) -> list[bool]:
        """See outputs.Findings."""
        taken = [not self.life.chance("refuse") for _ in owed]
        self.received += [one for one, is_taken in zip(owed, taken, strict=True) if is_taken]
        return taken


@dataclass(order=True)
class Message:
    """In the hub's queue; it can be received from `visible_at` on."""

    visible_at: int
    number: int
    body: str = field(compare=False)
    receives: int = field(compare=False, default=0)


class Life:
    """One seed. truth: fingerprint, start and place to count. decided: what people decided last of each error."""

    def __init__(self, seed: int) -> None:
        self.random, self.odds, self.happened = Random(seed), Odds(), Counter[str]()
        self.learn = self.random.choice([0, 0, 1_800])
        self.rules = settings(
            learn=self.learn, most_new=self.random.choice([3, 10]), spike={"factor": 5, "floor": 10**9}
        )
        self.now, self.number, self.depth = T0, 0, 0
        self.store = LaggingStore(is_lagging=lambda: self.chance("lag"))
        self.people = People(self)
        self.outputs = Outputs(Called(self.store, self), Called(self.people, self), self.rules)
        self.queue: list[Message] = []
        self.truth: dict[tuple[str, int, Source], int] = {}
        self.last: dict[str, int] = defaultdict(int)
        self.ends = Counter[str]()
        self.decided: dict[str, tuple[str, int]] = {}
        self.late_ms, self.is_deciding = 0, False
        self.lost = Counter[Source]()
        self.unsent: dict[Source, list[dict[str, Any]]] = {place: [] for place in PLACES}
        self.finals: dict[Source, dict[str, Any]] = {}
        self.bad_services: dict[Source, set[str]] = {place: set() for place in PLACES}
        self.bad_times = Counter[tuple[Source, str]]()

    def chance(self, name: str) -> bool:
        """Whether it happens now."""
        happens = self.random.random() < getattr(self.odds, name)
        self.happened[name] += happens
        return happens

    # -- the hub

    def before_call(self) -> None:
        """Another invocation may run at this very moment, and this one may end or be refused."""
        if self.chance("kill"):
            raise Killed
        if self.chance("throttle"):
            raise Throttled
        visible = [one for one in self.queue if one.visible_at <= self.now]
        if visible and self.depth < 3 and self.chance("other"):
            self.deliver(self.random.choice(visible))
        owing = [one for one in self.store.errors.values() if one.owed and not one.alias]
        if owing and self.depth and self.may_decide and self.chance("meddle"):
            self.decide(owing)

    def deliver(self, message: Message) -> None:
        """A message is received; it comes again where it was not done with."""
        self.queue.remove(message)
        self.depth += 1
        try:
            self.handle(message.body)
        except (Killed, Throttled, Conflict, tick.Failed, happenings.outbox.NotSent):
            wait = self.random.choice([15_000, 60_000, 300_000])
            self.send(message.body, wait, message.receives + 1)
        finally:
            self.depth -= 1

    def handle(self, body: str) -> None:
        """As the function does."""
        meaning = read(body, self.rules)
        if isinstance(meaning, AgentWindow):
            if self.now - meaning.sent_at > self.late_ms:
                self.late_ms = self.now - meaning.sent_at
            jump = self.random.choice([-HOUR, HOUR]) if self.chance("jump") else 0
            windows.handle(meaning, self.outputs, self.now + jump)
        elif isinstance(meaning, MonitoringMessage):
            happenings.handle(meaning, self.outputs)
        elif isinstance(meaning, Tick):
            tick.handle(meaning.at, self.outputs, Deadline.after(60))

    def send(self, body: str, wait: int = 0, receives: int = 0) -> None:
        """Into the queue, perhaps twice, perhaps late."""
        self.number += 1
        late = self.random.randrange(4 * EVERY) if self.chance("late") else 0
        self.queue.append(Message(self.now + wait + late, self.number, body, receives))
        if self.chance("twice"):
            self.number += 1
            self.queue.append(Message(self.now + self.random.randrange(HOUR // 2), self.number, body))

    def run(self, until: int) -> None:
        """Everything that is received until then."""
        while self.queue and min(self.queue).visible_at <= until:
            message = min(self.queue)
            self.now = max(self.now, message.visible_at)
            self.deliver(message)
        self.now = max(self.now, until)

    # -- the members

    def period(self, number: int, errors: bool = True) -> None:
        """A window of each agent, with the final count of the one before it; and the tick."""
        start = T0 + number * EVERY
        for place in PLACES:
            if not self.lost[place] and self.chance("lost"):
                self.lost[place] = self.random.randint(1, 5)
            self._windows(place, start, errors)
            if errors:
                self._services(place, start)
            if self.lost[place]:
                self.lost[place] -= 1
            else:
                for message in self.unsent[place]:
                    self.send(json.dumps({**message, "time": iso(self.now)}))
                self.unsent[place].clear()
        self.send(json.dumps({"tick": {"at": iso(start + EVERY + MINUTE)}}))

    def _windows(self, place: Source, start: int, errors: bool) -> None:
        """What the first pass sees is less than there is; the parts of a trace may look like another error."""
        final = self.finals.pop(place, None)
        if final:
            self.unsent[place].append(final)
        seen, counted = [], []
        for number in self.random.sample(range(8), self.random.randrange(6)) if errors else ():
            count, moment = self.random.randint(1, 9), start + self.random.randrange(EVERY)
            key = fingerprint(number)
            self.truth[key, start, place] = count
            self.last[key] = max(self.last[key], moment)
            counted.append(error(number, start, count=count, first=moment, last=moment))
            first = self.random.randint(0, count)
            if first:
                seen.append(error(number, start, count=first, first=moment, last=moment))
        if errors and self.random.random() < 0.1:
            number = 100 + self.random.randrange(3)
            seen.append(error(number, start))
            self.last[fingerprint(number)] = max(self.last[fingerprint(number)], start + 2_000)
        unhealthy = sorted(self.bad_services[place])
        agent = {"unhealthy": unhealthy}
        self.unsent[place].append(window(start, seen, place.account, region=place.region, agent=agent))
        parts = [counted[:2], counted[2:]] if len(counted) > 2 else [counted]
        for part, some in enumerate(parts, 1):
            more = {"region": place.region, "part": part, "parts": len(parts), "pass": "final", "agent": agent}
            made = window(start, some, place.account, **more)
            if part == len(parts):
                self.finals[place] = made
            else:
                self.unsent[place].append(made)

    def _services(self, place: Source, start: int) -> None:
        """A service stops or runs again; a task fails."""
        bad = self.bad_services[place]
        service = self.random.choice(SERVICES)
        if self.random.random() < 0.1:
            if service in bad:
                bad.remove(service)
            else:
                bad.add(service)
                self.bad_times[place, service] += 1
        for one in sorted(bad):
            at = start + EVERY + 1_000
            self.unsent[place].append(happening("health", one, at, place.account, region=place.region))
        if self.random.random() < 0.05:
            at = start + self.random.randrange(EVERY)
            self.unsent[place].append(happening("task-failure", service, at, place.account, region=place.region))

    # -- people

    @property
    def may_decide(self) -> bool:
        """Whether the time of learning is well over, and nobody else decides just now."""
        return self.now > T0 + self.learn * 1000 + 6 * EVERY and not self.is_deciding

    def decide(self, known: list[Error]) -> None:
        """Somebody decides about one of the errors, by the API, which may end in between as well."""
        self.is_deciding = True
        try:
            self._decide_about(known)
        finally:
            self.is_deciding = False

    def _decide_about(self, known: list[Error]) -> None:
        one, at = self.random.choice(known), self.now
        move = self.random.choice(["acknowledge", "resolve", "resolve", "ignore", "merge"])
        for _ in range(20):
            try:
                self._decide(one.fingerprint, move, known, at)
            except (Killed, Throttled, Conflict):
                continue
            except states.NotAllowed:
                pass
            return

    def _decide(self, key: str, move: str, known: list[Error], at: int) -> None:
        outputs = self.outputs
        if move == "acknowledge":
            actions.change_error(key, lambda one: states.acknowledge(one, "ann", at), outputs, at)
            return
        self.ends[key] += 1
        is_resolved = self.store.errors[key].state is State.RESOLVED
        if move == "resolve" and is_resolved and key in self.decided:
            # It is still over since then.
            at = self.decided[key][1]
        if move == "resolve":
            self.decided[key] = ("resolve", at)
            actions.change_error(key, lambda one: states.resolve(one, "ann", at), outputs, at)
        elif move == "ignore":
            until = at + 3 * EVERY
            self.decided[key] = ("resolve", until)
            actions.change_error(key, lambda one: states.ignore(one, "ann", at, until=until), outputs, at)
        else:
            into = self.random.choice(known).fingerprint
            actions.merge_errors(key, into, "ann", outputs, at)

    # -- a life

    def live(self) -> None:
        """The whole life, up to where everything has to be true."""
        for number in range(PERIODS):
            self.now = max(self.now, T0 + (number + 1) * EVERY + 20_000)
            self.period(number)
            self.run(self.now + EVERY - 20_000)
            known = [one for one in self.store.errors.values() if not one.alias]
            if known and self.may_decide and self.random.random() < 0.5:
                self.decide(known)
        self.odds = Odds(*[0.0] * len(fields(Odds)))
        self.bad_services = {place: set() for place in PLACES}
        self.lost.clear()
        # Agents live on for as long as it takes until everything that closes by itself is closed.
        for number in range(PERIODS, PERIODS + QUIET_PERIODS):
            self.now = max(self.now, T0 + (number + 1) * EVERY + 20_000)
            self.period(number, errors=False)
            self.run(self.now + EVERY - 20_000)
        self.run(max([self.now, *(one.visible_at for one in self.queue)]))


def problems(life: Life) -> list[str]:
    """What is not as it has to be, after a life."""
    return [*_counts(life), *_errors(life), *_conditions(life), *_leftovers(life)]


def _counts(life: Life) -> list[str]:
    counted = {(c.fingerprint, c.start, c.source): c.count for c in life.store.count_items.values() if c.count}
    wrong = sorted(set(counted.items()) ^ set(life.truth.items()))
    return [f"counted {'wrongly' if key in life.truth else 'without an occurrence'}: {key}" for key, _ in wrong]


def told(life: Life) -> dict[tuple[str, str, str, str], list[str]]:
    """Check, account, Region and subject to the states that people had, in the order of their times."""
    found: dict[tuple[str, str, str, str], dict[int, str]] = defaultdict(dict)
    for one in life.people.received:
        detail = one.detail
        found[one.check, detail["account"], detail["region"], detail["subject"]][one.at] = str(one.state)
    return {key: [state for _, state in sorted(states_.items())] for key, states_ in found.items()}


def pages(states_: list[str]) -> int:
    """How often an incident opened."""
    return sum(after == "ALARM" != before for before, after in zip(["OK", *states_], states_, strict=False))


def _errors(life: Life) -> list[str]:
    found, history = [], told(life)
    in_summary = {
        key for one in life.store.window_items.values() if len(one.new) > life.rules.most_new for key in one.new
    }
    for key, one in sorted(life.store.errors.items()):
        said = history.get(("log-error", *one.home, key), [])
        others = [place for check, *place, subject in history if subject == key and tuple(place) != one.home]
        if others:
            found.append(f"{key} has incidents in {others}, too")
        if pages(said) > 1 + life.ends[key]:
            found.append(f"{pages(said)} incidents of {key} after {life.ends[key]} ends")
        is_open = bool(said) and said[-1] == "ALARM"
        if is_open != one.is_open:
            found.append(f"people have {said} of {key}, which the store takes for {one.latest}")
        if one.alias or any(life.store.errors[other].merged for other in (key,)):
            if one.alias and (is_open or follow(one, life.store).alias):
                found.append(f"{key} is an alias and open, or leads nowhere")
            continue
        decided = life.decided.get(key)
        if decided:
            wants = life.last[key] > decided[1]
            if is_open != wants and not (wants and key in in_summary):
                found.append(f"{key} is {'open' if is_open else 'over'} after {decided}, last seen {life.last[key]}")
        elif not is_open and not one.learned and key not in in_summary:
            found.append(f"nobody was told of {key}")
    return found


def _conditions(life: Life) -> list[str]:
    found, history = [], told(life)
    for (check, account, region, subject), said in sorted(history.items()):
        if check in ("log-error", "lambda-error") and subject != "summary":
            continue
        if said[-1] == "ALARM":
            found.append(f"{check} of {subject} in {account} is open for ever")
        number = life.bad_times[Source(account, region), subject]
        if check == "service-health" and pages(said) > number:
            found.append(f"{pages(said)} incidents of {subject} which was bad {number} times")
        if check == "agent" and not life.happened["lost"] and life.late_ms < EVERY:
            found.append(f"the agent of {account} was called silent, and it was not")
    return found


def _leftovers(life: Life) -> list[str]:
    records: list[Error | Condition] = [*life.store.errors.values(), *life.store.condition_items.values()]
    found = [f"{one} still owes a finding" for one in records if one.owed]
    found += ["messages are left"] if life.queue else []
    statuses = {str(one.status) for one in life.store.agent_items.values()}
    if statuses != {"registered"}:
        found.append(f"agents are {statuses}")
    ignored = [one.fingerprint for one in life.store.errors.values() if one.state is State.IGNORED]
    return found + [f"{key} is ignored for ever" for key in ignored]


def lived(seed: int) -> tuple[Life, list[str]]:
    """A seed's life, and what is wrong at its end."""
    life = Life(seed)
    life.live()
    return life, problems(life)
