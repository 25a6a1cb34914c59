"""Incidents under everything that can go wrong at once: exactly one ticket for each episode, or this finds out.

    python -m bench.chaos                     10,000 state changes of 500 alarms
    python -m bench.chaos --without search    the same with one safeguard taken out; must find violations

State changes arrive one to three times, shuffled. The ticket stand-in fails a fifth of its calls, most of them after it
has done what it was asked, and is down for a stretch. The function is killed between any two of its calls. What is
given up after three receives is redriven, as an operator would. Workers are real processes that run the real handler;
moto's server is DynamoDB, SQS and Secrets Manager. The queue's clock and the function's run faster than the wall's.
"""

from __future__ import annotations

import argparse
import heapq
import logging
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from handlers.incident.episodes import spans
from handlers.incident.history import from_json
from handlers.incident.store import DynamoStore, Held

from bench.incident_world import Place, body, place
from handlers.common import aws
from handlers.common.http import Http
from handlers.incident import app
from handlers.incident.events import Change, Key
from handlers.incident.report import Step
from handlers.incident.service import Service

SAFEGUARDS = ("conditional-write", "timestamp", "sink-record", "search")
FORK = multiprocessing.get_context("fork")
# A second of the wall is so many of the function's and the queue's.
SPEED = 5
FUNCTION_SECONDS = 3.0
MAX_RECEIVES = 3
WINDOW = 1_800_000
# So many receives for each message sent are a storm; more are a loop.
PATIENCE = 8
START = 1_763_600_000_000
# The storm is handled this long after it began, within the time for which all of it is remembered.
AFTERWARDS = 5 * 86_400_000


@dataclass(frozen=True, slots=True)
class Storm:
    """What is thrown at the function. Everything follows from the seed, but for the operating system's own timing."""

    alarms: int = 500
    changes: int = 10_000
    seed: int = 1
    kill: float = 0.01
    failing: float = 0.2
    workers: int = 4
    without: str | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it. violations: in words; empty is what we want."""

    records: int = 0
    kills: int = 0
    time_outs: int = 0
    redriven: int = 0
    seconds: float = 0.0
    episodes: int = 0
    tickets: int = 0
    violations: list[str] = field(default_factory=list)


def lives(storm: Storm) -> dict[str, list[tuple[str, int]]]:
    """For each alarm its states and when they began, milliseconds since 1970."""
    dice = random.Random(storm.seed)
    made: dict[str, list[tuple[str, int]]] = {}
    each, more = divmod(storm.changes, storm.alarms)
    for index in range(storm.alarms):
        moment, life = START + dice.randrange(1_000_000), []
        for number in range(each + (index < more)):
            # Some OKs are shorter than the window, so that episodes are reopened, and some longer.
            moment += dice.randrange(30_000, 2 * WINDOW)
            life.append(("ALARM" if number % 2 == 0 else "OK", moment))
        made[f"a{index}-alarm-prod"] = life
    return made


def true_episodes(life: list[tuple[str, int]]) -> list[int]:
    """When each episode begins, straight from the definition."""
    return [at for i, (state, at) in enumerate(life) if state == "ALARM" and (i == 0 or at - life[i - 1][1] > WINDOW)]


def bodies(made: dict[str, list[tuple[str, int]]], storm: Storm) -> list[str]:
    """The messages, each one to three times, shuffled."""
    dice = random.Random(storm.seed + 1)
    sent = []
    for name, life in made.items():
        before = ("INSUFFICIENT_DATA", START - 86_400_000)
        for state, at in life:
            sent += [body(name, state, at, before)] * dice.randint(1, 3)
            before = (state, at)
    dice.shuffle(sent)
    return sent


class Context:
    """Lambda's context, as far as the handler looks at it."""

    def __init__(self) -> None:
        self.end = time.monotonic() + FUNCTION_SECONDS / SPEED

    def get_remaining_time_in_millis(self) -> int:
        """What is left, on the wall."""
        return max(0, round((self.end - time.monotonic()) * 1000))


def take_out(safeguard: str | None) -> None:
    """Break one thing on which the promise rests."""
    if safeguard == "conditional-write":

        def save(self: DynamoStore, key: Key, _held: Held, history: Any, now: int) -> Held | None:
            latest = self.load(key)
            return careful(self, key, latest, history, now) or careful(self, key, self.load(key), history, now)

        careful = DynamoStore.save
        DynamoStore.save = save  # type: ignore[method-assign]
    if safeguard == "timestamp":
        reading = Service._reconcile

        def by_arrival(self: Service, key: Key, change: Change | None, deadline: Any) -> None:
            late = replace(change, at=self.now(), before_at=None) if change else None
            reading(self, key, late, deadline)

        Service._reconcile = by_arrival  # type: ignore[method-assign]
    if safeguard == "sink-record":
        Service._record = lambda _self, _key, held, _item, _told: held  # type: ignore[method-assign,assignment]
    if safeguard == "search":
        telling = Service._tell_one

        def blind(self: Service, item: Any, said_now: Any, deadline: Any) -> Any:
            if item.step is Step.OPEN:
                item = replace(item, told=replace(item.told, unsure=False))
            return telling(self, item, said_now, deadline)

        Service._tell_one = blind  # type: ignore[method-assign]


def worker(line: Connection, storm: Storm, number: int) -> None:
    """One execution environment: handles what it is given until it is killed."""
    dice = random.Random(storm.seed * 1_000_003 + number)

    def perhaps_die(**_event: Any) -> None:
        if dice.random() < storm.kill:
            os._exit(137)

    for service in ("dynamodb", "sqs", "secretsmanager"):
        events = aws.client(service).meta.events
        events.register("before-send.*", perhaps_die)
        events.register("after-call.*", perhaps_die)
    calling = Http.call

    def deadly(self: Http, *arguments: Any, **more: Any) -> Any:
        perhaps_die()
        answer = calling(self, *arguments, **more)
        perhaps_die()
        return answer

    # A storm has nothing to say that anybody would read.
    logging.disable()
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    Http.call = deadly  # type: ignore[method-assign]
    while True:
        record = line.recv()
        answer = app.handler({"Records": [record]}, Context())
        assert answer is not None
        line.send(not answer["batchItemFailures"])


@dataclass(slots=True)
class Hand:
    """A worker process, and what it is busy with."""

    process: Any
    line: Connection
    busy: tuple[str, int] | None = None
    since: float = 0.0


class Queue:
    """SQS as the function sees it: hidden messages come back, and each knows how often it was received."""

    def __init__(self, sent: list[str]) -> None:
        self.waiting: list[tuple[float, int, str, int]] = [(0.0, n, text, 1) for n, text in enumerate(sent)]
        self.number = len(sent)

    def back(self, text: str, receives: int, seconds: float) -> None:
        """Hide it for so many of the queue's seconds."""
        self.number += 1
        heapq.heappush(self.waiting, (time.monotonic() + seconds / SPEED, self.number, text, receives))

    def take(self) -> tuple[str, int] | None:
        """A message that is visible now."""
        if self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, text, receives = heapq.heappop(self.waiting)
            return text, receives
        return None


def rage(storm: Storm, where: Place, outcome: Outcome) -> None:
    """Feed everything to the workers until nothing is left, in the queue or among the dead letters."""
    queue = Queue(bodies(lives(storm), storm))
    sent, spawned = len(queue.waiting), 0
    hands: list[Hand] = []
    down = iter((sent // 3, sent // 2))
    turn = next(down)
    try:
        while True:
            while len(hands) < storm.workers:
                spawned += 1
                hands.append(_spawn(storm, spawned))
            if outcome.records >= turn:
                where.down(outcome.records < sent // 2)
                turn = next(down, sys.maxsize)
            if outcome.records > PATIENCE * sent:
                outcome.violations.append("no end in sight: the same messages come back for ever")
                return
            _feed(hands, queue, outcome)
            busy = [hand for hand in hands if hand.busy]
            if not busy and not queue.waiting:
                where.down(False)
                given_up = where.dead_letters()
                outcome.redriven += len(given_up)
                if not given_up:
                    return
                for text in given_up:
                    queue.back(text, 1, 0)
            _collect(hands, queue, outcome)
    finally:
        for hand in hands:
            hand.process.kill()
            hand.process.join()


def _spawn(storm: Storm, number: int) -> Hand:
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=worker, args=(theirs, storm, number), daemon=True)
    process.start()
    theirs.close()
    return Hand(process, ours)


def _feed(hands: list[Hand], queue: Queue, outcome: Outcome) -> None:
    for hand in hands:
        if not hand.busy and (taken := queue.take()):
            text, receives = taken
            outcome.records += 1
            hand.busy, hand.since = taken, time.monotonic()
            attributes = {"ApproximateReceiveCount": str(receives)}
            record = {"messageId": "m", "receiptHandle": "r", "body": text, "attributes": attributes}
            hand.line.send({**record, "eventSource": "aws:sqs"})


def _collect(hands: list[Hand], queue: Queue, outcome: Outcome) -> None:
    ready = wait([thing for hand in hands for thing in (hand.line, hand.process.sentinel)], timeout=0.02)
    for hand in list(hands):
        if hand.busy is None:
            if hand.process.sentinel in ready:
                hands.remove(hand)
            continue
        text, receives = hand.busy
        if hand.line in ready:
            try:
                if not hand.line.recv():
                    queue.back(text, receives + 1, 20)
                hand.busy = None
                continue
            except EOFError:
                outcome.kills += 1
        elif hand.process.sentinel in ready:
            outcome.kills += 1
        elif time.monotonic() - hand.since > FUNCTION_SECONDS / SPEED:
            os.kill(hand.process.pid, signal.SIGKILL)
            outcome.time_outs += 1
        else:
            continue
        hand.process.join()
        hands.remove(hand)
        if receives >= MAX_RECEIVES:
            # SQS itself gives up on what died three times; redriven like the others.
            outcome.redriven += 1
            receives = 0
        queue.back(text, receives + 1, 18)


def judge(storm: Storm, where: Place, outcome: Outcome) -> None:
    """Compare what the ticket system holds with the truth."""
    issues = where.issues()
    outcome.tickets = len(issues)
    by_label = Counter(label for issue in issues for label in issue["labels"] if label.startswith("obsgen-"))
    status = {label: issue["done"] for issue in issues for label in issue["labels"]}
    for label, count in by_label.items():
        if count > 1:
            outcome.violations.append(f"{count} tickets for {label}")
    remembered = where.histories()
    for name, life in lives(storm).items():
        truth = true_episodes(life)
        outcome.episodes += len(truth)
        history = from_json(remembered[name]) if name in remembered else None
        found = spans(history, sys.maxsize) if history else []
        if [span.first.at for span in found if span.first] != truth:
            outcome.violations.append(f"{name}: {len(found)} episodes remembered, {len(truth)} were there")
            continue
        for span in found:
            label = f"obsgen-{span.record.id}" if span.record else "none"
            over = span is not found[-1] or life[-1][0] == "OK"
            if label not in by_label:
                outcome.violations.append(f"{name}: no ticket for the episode of {span.start}")
            elif status[label] != over:
                outcome.violations.append(f"{name}: the ticket of {span.start} is {'open' if over else 'resolved'}")
    if outcome.tickets != outcome.episodes:
        outcome.violations.append(f"{outcome.tickets} tickets for {outcome.episodes} episodes")


@contextmanager
def broken(safeguard: str | None) -> Iterator[None]:
    """The function with one safeguard less, and whole again afterwards."""
    kept = {
        (owner, name): getattr(owner, name)
        for owner, name in (
            (DynamoStore, "save"),
            (Service, "_reconcile"),
            (Service, "_record"),
            (Service, "_tell_one"),
            (app, "_now"),
            (app, "_hide"),
            (app, "read_routing"),
        )
    }
    take_out(safeguard)
    try:
        yield
    finally:
        for (owner, name), value in kept.items():
            setattr(owner, name, value)


def run(storm: Storm) -> Outcome:
    """One storm, from nothing to the verdict."""
    outcome, started = Outcome(), time.time()
    with ExitStack() as stack:
        stack.enter_context(broken(storm.without))
        app._now = lambda: START + AFTERWARDS + round((time.time() - started) * 1000 * SPEED)
        app._hide = lambda _record, _seconds: None
        where = stack.enter_context(place(sorted(lives(storm)), storm.failing, storm.seed, WINDOW // 1000))
        began = time.monotonic()
        rage(storm, where, outcome)
        outcome.seconds = time.monotonic() - began
        judge(storm, where, outcome)
    return outcome


def main() -> int:
    """Say what was thrown, what came of it, and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--alarms", type=int, default=500)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", choices=SAFEGUARDS)
    given = parser.parse_args()
    outcome = run(Storm(given.alarms, given.changes, given.seed, without=given.without))
    rate = outcome.records / outcome.seconds
    sys.stdout.write(
        f"{outcome.records} receives in {outcome.seconds:.0f} s ({rate:.0f}/s), {outcome.kills} kills, "
        f"{outcome.time_outs} time-outs, {outcome.redriven} redriven\n"
        f"{outcome.episodes} episodes, {outcome.tickets} tickets, {len(outcome.violations)} violations\n"
    )
    for violation in outcome.violations[:20]:
        sys.stdout.write(f"  {violation}\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
