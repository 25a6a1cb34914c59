"""Incidents under everything that can go wrong at once: exactly one ticket for each episode, or this finds out.

    python -m bench.chaos                     10,000 state changes of 500 alarms
    python -m bench.chaos --without search    the same with one safeguard taken out; must find violations

Functions are real processes that run the real handlers; moto's server is DynamoDB, SQS and Secrets Manager, and the
tickets are the vendors' stand-in, which fails a fifth of its calls, most of them after it has done what it was asked,
and is away for some minutes. Every process but a few dies at a call of its own, before or after it. Messages come up
to three times. Nothing is redriven: what is owed has to arrive by itself.

Time is made up and goes on between rounds only, when no function runs; a function that sleeps is alone with its later
time, as long as its invocation may last. So the machine's speed decides nothing, and three moments are arranged in
which a safeguard is certain to be needed: two decisions on one alarm read before either writes; Jira does what it is
asked and says that it failed; a worker dies between Jira's answer and writing it down.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import multiprocessing.connection
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.incident_world import ACCOUNT, REGION, Place, body, place
from handlers.common import aws
from handlers.common.deadline import Deadline
from handlers.common.http import Http
from handlers.incident import app, notifier
from handlers.incident.decision.decision import incident_id
from handlers.incident.delivery import outcome
from handlers.incident.events import Key
from handlers.incident.sinks import jira
from handlers.incident.state import table_writes
from handlers.incident.state.dynamo import DynamoTable

SAFEGUARDS = ("conditions", "search", "claim")
FORK = multiprocessing.get_context("fork")
START = 1_795_168_800_000
# A round is a little more than a minute, an invocation at most one, and a lease seventy seconds.
ROUND, HEALED_ROUND = 61_000, 301_000
WINDOW_S = 60
MOST_ROUNDS = 150
# A busy machine is nobody's fault: how long servers may take to answer.
PATIENCE_S = 60.0
AT_ONCE = 4
KILLED, AGAIN = 137, 3
# The alarms of the arranged moments, and the rounds in which Jira is away.
RACING, DOUBTFUL, DYING = "racing-alarm-prod", "doubtful-alarm-prod", "dying-alarm-prod"
AWAY = range(2, 5)


@dataclass(frozen=True, slots=True)
class Storm:
    """What is thrown at the functions; everything follows from the seed but the order within a round."""

    alarms: int = 500
    changes: int = 10_000
    seed: int = 1
    failing: float = 0.2
    without: str | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it. violations: in words; empty is what we want."""

    invocations: int = 0
    kills: int = 0
    rounds: int = 0
    seconds: float = 0.0
    episodes: int = 0
    tickets: int = 0
    violations: list[str] = field(default_factory=list)


Life = list[tuple[str, int]]


def lives(storm: Storm) -> dict[str, Life]:
    """For each alarm its states, one a round, and when they began; some OKs are so short that the episode goes on."""
    dice = random.Random(storm.seed)
    each = storm.changes // max(1, storm.alarms)
    made: dict[str, Life] = {}
    for index in range(storm.alarms):
        states = [("ALARM" if number % 2 == 0 else "OK") for number in range(each)]
        earlier = [dice.choice((0, 20_000)) if state == "ALARM" else 0 for state in states]
        made[f"a{index}-alarm-prod"] = [
            (state, START + number * ROUND - earlier[number]) for number, state in enumerate(states)
        ]
    return made


def arranged() -> dict[str, Life]:
    """The alarms of the arranged moments."""
    began = START - 3 * ROUND
    return {RACING: [("ALARM", began), ("OK", began + 1_000)], DOUBTFUL: [("ALARM", began)], DYING: [("ALARM", began)]}


def true_episodes(life: Life) -> list[int]:
    """When each episode begins, straight from the definition."""
    window = 1_000 * WINDOW_S
    return [at for i, (state, at) in enumerate(life) if state == "ALARM" and (i == 0 or at - life[i - 1][1] > window)]


def messages(name: str, life: Life) -> list[str]:
    """The alarm's events, in order."""
    before, made = ("INSUFFICIENT_DATA", START - 86_400_000), []
    for state, at in life:
        made.append(body(name, state, at, before))
        before = (state, at)
    return made


# -- one invocation


@dataclass(slots=True)
class Invocation:
    """An execution environment that handles one event. dies_at: the call at which it is killed; 0 for never.

    prepare: arranges a moment in it.
    """

    handler: str
    event: dict[str, Any]
    now: int
    dies_at: int = 0
    prepare: Callable[[], None] = lambda: None

    def run(self) -> None:
        """In a process of its own; says by its exit code what became of the event."""
        # A storm has nothing to say that anybody would read.
        logging.disable()
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        self._stop_clock()
        if self.dies_at:
            self._watch()
        self.prepare()
        code = 1
        try:
            answer = (app if self.handler == "app" else notifier).handler(self.event, None)
            code = AGAIN if answer and answer["batchItemFailures"] else 0
        finally:
            os._exit(code)

    def _stop_clock(self) -> None:
        def sleep(seconds: float) -> None:
            self.now += max(1, round(1000 * seconds))

        clock = SimpleNamespace(time_ns=lambda: 1_000_000 * self.now, sleep=sleep)
        deadline = SimpleNamespace(after=lambda seconds: Deadline.after(seconds, lambda: self.now / 1000))
        for module in (app, notifier):
            vars(module).update(time=clock, Deadline=deadline)
        call = Http.call

        def patient(http: Http, method: str, url: str, _deadline: Deadline, **more: Any) -> Any:
            return call(http, method, url, Deadline.after(PATIENCE_S), **more)

        Http.call = patient  # type: ignore[method-assign,assignment]

    def _watch(self) -> None:
        def count(**_event: Any) -> None:
            self.dies_at -= 1
            if not self.dies_at:
                os._exit(KILLED)

        aws._session().register("before-send", count)
        for service in ("dynamodb", "sqs", "secretsmanager"):
            events = aws.client(service).meta.events
            events.register("before-send.*", count)
            events.register("after-call.*", count)
        around(Http, "call", count, count)


def around(owner: type, name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Do something before and after each call of a method."""
    method = getattr(owner, name)

    def wrapped(*arguments: Any, **more: Any) -> Any:
        before()
        result = method(*arguments, **more)
        after()
        return result

    setattr(owner, name, wrapped)


def record(text: str) -> dict[str, Any]:
    """A message as Lambda hands it over. The first receive each time: here the queue never gives up."""
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": "m", "receiptHandle": "r", "body": text, "attributes": attributes, "eventSource": "aws:sqs"}


def run_all(invocations: list[Invocation], outcome: Outcome) -> list[int]:
    """Run them, some at a time, and say by which code each ended."""
    codes, waiting, running = [0] * len(invocations), list(enumerate(invocations)), {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, one = waiting.pop(0)
            process = FORK.Process(target=one.run, daemon=True)
            process.start()
            running[process.sentinel] = (number, process)
        for sentinel in multiprocessing.connection.wait(list(running)):
            number, process = running.pop(sentinel)
            process.join()
            codes[number] = process.exitcode
    outcome.invocations += len(invocations)
    outcome.kills += codes.count(KILLED)
    if 1 in codes:
        outcome.violations.append("a function failed")
    return codes


# -- the arranged moments


def arrange(where: Place, outcome: Outcome) -> None:
    """What needs a safeguard, whatever the dice say."""
    texts = {name: messages(name, life) for name, life in arranged().items()}
    _race(*texts[RACING], outcome)
    # The ticket is made, and nobody hears of it.
    where.fail(1.0, ["500-after"])
    _decided(texts[DOUBTFUL][0], outcome)
    where.fail(0.0, [])

    def die_with_the_answer() -> None:
        around(Http, "call", lambda: None, lambda: os._exit(KILLED))

    _decided(texts[DYING][0], outcome, die_with_the_answer)


def _decided(text: str, outcome: Outcome, prepare: Callable[[], None] = lambda: None) -> None:
    run_all([Invocation("app", {"Records": [record(text)]}, START - 2 * ROUND, prepare=prepare)], outcome)


def _race(alarm: str, recovery: str, outcome: Outcome) -> None:
    """Both read before either writes, and the ALARM is written last."""
    has_read, has_written = FORK.Event(), FORK.Event()

    def last() -> None:
        commit = DynamoTable.commit

        def late(*arguments: Any, **more: Any) -> None:
            has_read.set()
            assert has_written.wait(60)
            commit(*arguments, **more)

        DynamoTable.commit = late  # type: ignore[method-assign]

    def first() -> None:
        around(DynamoTable, "commit", lambda: _awaited(has_read), has_written.set)

    both = ((alarm, last), (recovery, first))
    run_all(
        [Invocation("app", {"Records": [record(text)]}, START - 2 * ROUND, prepare=prepare) for text, prepare in both],
        outcome,
    )


def _awaited(event: Any) -> None:
    assert event.wait(60)


# -- the storm


def rage(storm: Storm, where: Place, outcome: Outcome) -> None:
    """A change of each alarm a round, with some of what came before; then whatever is still owed."""
    dice = random.Random(storm.seed + 1)
    queues = {name: messages(name, life) for name, life in lives(storm).items()}
    done: list[str] = []
    now = START
    while any(queues.values()) or is_owed(where):
        if outcome.rounds == MOST_ROUNDS:
            outcome.violations.append("no end in sight: something is owed for ever")
            return
        storming = any(queues.values())
        if storming:
            where.down(outcome.rounds in AWAY)
        else:
            where.fail(0.0, [])
        heads = [(name, queue[0]) for name, queue in queues.items() if queue]
        again = dice.sample(done, min(len(done), len(heads) // 2))
        texts = [*heads, *(("", text) for text in again)]
        dice.shuffle(texts)
        invocations = [Invocation("app", {"Records": [record(text)]}, now, death(dice, storming)) for _, text in texts]
        invocations += [Invocation("notifier", {}, now, death(dice, storming))]
        for _ in range(2):
            # Two for one channel: one of them finds it taken.
            wake = {"Records": [record('{"wake": "jira"}')]}
            invocations.append(Invocation("notifier", wake, now, death(dice, storming)))
        codes = run_all(invocations, outcome)
        for (name, text), code in zip(texts, codes, strict=False):
            if code == 0 and name:
                done.append(queues[name].pop(0))
                assert done[-1] == text
        outcome.rounds += 1
        now += ROUND if storming else HEALED_ROUND


def death(dice: random.Random, storming: bool) -> int:
    """At which of its calls a process dies: two of three may."""
    return dice.randint(1, 30) if storming and dice.random() < 2 / 3 else 0


def is_owed(where: Place) -> bool:
    """Whether a delivery is in the index."""
    return any(item.get("due_pk", {}).get("S", "").startswith("DUE#") for item in where.items())


def judge(storm: Storm, where: Place, outcome: Outcome) -> None:
    """Compare what the ticket system holds with the truth."""
    issues = where.issues()
    outcome.tickets = len(issues)
    found = Counter(label for issue in issues for label in issue["labels"] if label.startswith("obsgen-"))
    is_done = {label: issue["done"] for issue in issues for label in issue["labels"]}
    expected = set()
    for name, life in (lives(storm) | arranged()).items():
        starts = true_episodes(life)
        for at in starts:
            label = f"obsgen-{incident_id(Key(ACCOUNT, REGION, name), at)}"
            expected.add(label)
            over = at != starts[-1] or life[-1][0] == "OK"
            if found[label] != 1:
                outcome.violations.append(f"{found[label]} tickets for {label} of {name}")
            elif is_done[label] != over:
                outcome.violations.append(f"the ticket {label} of {name} is {'open' if over else 'resolved'}")
    outcome.episodes = len(expected)
    outcome.violations += [f"a ticket for {label}, which is no episode" for label in found.keys() - expected]
    outcome.violations += [f"a dead letter: {text}" for text in where.dead_letters()]


def take_out(safeguard: str | None) -> None:
    """Break one thing on which the promise rests."""
    if safeguard == "conditions":
        table_writes.unchanged = lambda _version: {}  # type: ignore[assignment]
    if safeguard == "search":
        # As if the first look that finds nothing were to be believed, and were not made at all.
        jira._Step._search = lambda step: step._on(None, searched="1")  # type: ignore[method-assign]
    if safeguard == "claim":
        begin = outcome.begin
        outcome.begin = lambda *about: replace(begin(*about), claim=0)  # type: ignore[assignment]


@contextmanager
def broken(safeguard: str | None) -> Iterator[None]:
    """The functions with one safeguard less, and whole again afterwards."""
    places: tuple[tuple[Any, str], ...] = (
        (table_writes, "unchanged"),
        (jira._Step, "_search"),
        (outcome, "begin"),
        (app, "read_routing"),
        (notifier, "read_routing"),
        (aws, "CONNECT_SECONDS"),
        (aws, "READ_SECONDS"),
    )
    kept = [(owner, name, getattr(owner, name)) for owner, name in places]
    take_out(safeguard)
    aws.CONNECT_SECONDS = aws.READ_SECONDS = PATIENCE_S
    try:
        yield
    finally:
        for owner, name, value in kept:
            setattr(owner, name, value)


def run(storm: Storm) -> Outcome:
    """One storm, from nothing to the verdict."""
    result = Outcome()
    with ExitStack() as stack:
        stack.enter_context(broken(storm.without))
        names = sorted(lives(storm) | arranged())
        where = stack.enter_context(place(names, storm.failing, storm.seed, WINDOW_S))
        began = time.monotonic()
        arrange(where, result)
        rage(storm, where, result)
        result.seconds = time.monotonic() - began
        judge(storm, where, result)
    return result


def main() -> int:
    """Say what was thrown, what came of it, and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--alarms", type=int, default=500)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", choices=SAFEGUARDS)
    given = parser.parse_args()
    result = run(Storm(given.alarms, given.changes, given.seed, without=given.without))
    sys.stdout.write(
        f"{result.invocations} invocations in {result.rounds} rounds and {result.seconds:.0f} s, {result.kills} kills\n"
        f"{result.episodes} episodes, {result.tickets} tickets, {len(result.violations)} violations\n"
    )
    for violation in result.violations[:20]:
        sys.stdout.write(f"  {violation}\n")
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
