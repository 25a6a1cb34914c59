"""One world, from its script to the verdict.

Phases: what the script says, with faults; then all is healed; then it has to become quiet and complete.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import findings, system
from tests.simulation.account import Account, Deployment
from tests.simulation.cause_accounting import Accounting
from tests.simulation.faults import RATES
from tests.simulation.functions import Invocation
from tests.simulation.group_oracle import GroupOracle
from tests.simulation.oracle import Fact, Oracle, Violation
from tests.simulation.queues import Message
from tests.simulation.script import Configuration, Event, Script, first_configuration
from tests.simulation.seams import Outside
from tests.simulation.truth import Truth
from tests.simulation.vendors.jira import Jira
from tests.simulation.vendors.network import Sighting
from tests.simulation.vendors.servicenow import ServiceNow
from tests.simulation.vendors.slack import Slack
from tests.simulation.world import EPOCH, MINUTE, SECOND, World

# After healing: at most so many rounds, with a redrive between them while there is anything among the dead letters.
ROUNDS, ROUND = 4, 22 * MINUTE
# Why the function gave up what it could not have decided: the answers of AWS, and that others wrote all the time.
AWS_FAULT = re.compile(r"^given up after \d+ receives: (?:ClientError|ConnectTimeout|ReadTimeout|\w+Exception|others)")


@dataclass(slots=True)
class Outcome:
    """violations: in the order in which they happened. fired: fault occurrences. reached: how often, by point."""

    violations: list[Violation]
    fired: list[str]
    reached: Counter[str]
    log: list[str] = field(repr=False, default_factory=list)
    invocations: int = 0
    seconds: float = 0.0
    accounting: Accounting = field(default_factory=Accounting)

    def codes(self) -> set[str]:
        """Of the violations."""
        return {violation.code for violation in self.violations}


class Simulation:
    """A world and its judge."""

    def __init__(self, script: Script) -> None:
        self.script = script
        faults = {point: RATES[point] for point in script.faults}
        only = None if script.only is None else frozenset(script.only)
        if only is not None:
            faults = RATES
        self.world = World(script.seed, faults, only)
        self.truth = Truth(script.reopen_within * SECOND)
        self.oracle = Oracle(self.world, self.truth)
        if script.incidents:
            self.oracle = GroupOracle(self.world, self.truth, script)
        self.configuration = first_configuration(script)
        self.facts: dict[str, Fact] = {}
        self.bodies: list[tuple[int, str, str]] = []
        self.invocations = 0
        # What people saw, for figures.
        self.sightings: list[Sighting] = []
        self.account = Account(self.world, self._see, self.oracle.sent)
        self.bus, self.vendors = self.account.bus, self.account.vendors
        self.dead_letters, self.tables = self.account.dead_letters, self.account.tables
        if isinstance(self.oracle, GroupOracle):
            self.oracle.tables = tuple(self.tables.values())
        for queue in self.account.queues.values():
            queue.started, queue.finished = self._started, self._finished
        self.dead_letters.arrived = self._given_up
        self._deploy(self.configuration)

    def _deploy(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.account.deploy(configuration)
        self.oracle.deployed(configuration)
        # An address may be known to people by name; what opens it may not be in any text.
        self.oracle.secrets = tuple(
            (channel, value.rpartition("/")[2])
            for channel, vendor in self.vendors.items()
            for name, value in vendor.secret.items()
            if name != "email"
        ) + (("the log", system.PLANTED_LINE),)

    def _see(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        self.oracle.see(sighting)

    # What the oracle gets to know of the platform

    def _started(self, message: Message, invocation: Invocation) -> None:
        self.invocations += 1
        fact = self.facts.get(message.body)
        if fact:
            self.oracle.started(fact, invocation.code.configuration)

    def _finished(self, message: Message, invocation: Invocation, is_done: bool) -> None:  # noqa: FBT001
        fact = self.facts.get(message.body)
        if fact:
            self.oracle.finished(fact, invocation.code.configuration, is_done, self._is_remembered)

    def _given_up(self, message: Message) -> None:
        # What AWS kept from being decided at each receive could not be: killed, throttled, not written.
        reason = message.attributes.get("Reason", {}).get("StringValue", "")
        is_excused = message.moved or bool(AWS_FAULT.search(reason))
        self.oracle.dead_letter(message, self.facts.get(message.body), is_excused)

    def _is_remembered(self, fact: Fact) -> bool:
        place = self._place(fact[0])
        return any(system.is_remembered(table.items, fact[0], fact[1], place) for table in self.tables.values())

    def _place(self, alarm: str) -> Sequence[str]:
        return self.script.places.get(alarm, (system.MEMBER, system.REGION))

    # Events

    def _happen(self, event: Event) -> None:
        self.world.note("event", sorted(event.items()))
        match event["do"]:
            case "state":
                self._change_state(event)
            case "deploy":
                self._deploy(self.configuration.changed(event))
            case "down":
                self._take_down(event)
            case "people":
                self._people(event)
            case "ack":
                self._acknowledge(event)
            case "mute":
                self._write(self.oracle.muted.set(event, self.world.now))
                self.world.reached["people.mute"] += 1
            case "unmute":
                self._write(self.oracle.muted.end(event["id"], self.world.now))
            case "redrive":
                self._redrive()
            case "replay":
                self._replay(EPOCH + round(event["since"] * SECOND))
            case "forged":
                body = system.forged(event["kind"], event["alarm"], self.world.now)
                self.world.reached[f"forged.{event['kind']}"] += 1
                self.bus.target.send(body, f"forged-{event['kind']}")
            case other:
                raise ValueError(f"no such event: {other}")

    def _finding(self, alarm: str, state: str, at: int, number: int, before: tuple[int, str]) -> str:
        self.truth.contents[alarm, at] = number
        adds_to = 0
        is_other = state == "ALARM" and self.truth.contents.get((alarm, before[0])) != number
        if is_other and findings.is_addition(alarm, number, before[1]):
            adds_to = before[0]
            self.truth.additions.add((alarm, number))
            self.world.reached["findings.addition"] += 1
        return findings.event(alarm, state, at, number, system.MEMBER, system.REGION, adds_to=adds_to)

    def _change_state(self, event: Event) -> None:
        alarm, state, at = event["alarm"], event["state"], self.world.now
        at -= at % 1_000
        at = findings.place_in_time(alarm, state, at)
        before = self.truth.add(alarm, at, state)
        if "cause" in event:
            self.truth.causes[alarm, at] = event["cause"]
        if "by" in event:
            self.truth.suppressed.add(alarm)
        if findings.is_finding(alarm):
            body = self._finding(alarm, state, at, event["content"], before)
        else:
            before = before if before[0] >= 0 else (EPOCH - 3_600 * SECOND, "OK")
            body = system.alarm_event(alarm, state, at, before, self._place(alarm), event.get("by", ""))
        self.facts[body] = (alarm, at, state)
        name = f"{alarm}#{event.get('n', len(self.bodies))}"
        self.bodies.append((at, body, name))
        if "arrives" in event:
            self.world.at(EPOCH + round(event["arrives"] * SECOND), lambda: self.bus.target.send(body, name) and None)
        else:
            self.bus.put(body, name)

    def _take_down(self, event: Event) -> None:
        vendor = self.vendors.get(event["channel"])
        if vendor is None:
            return
        vendor.down = event["how"]
        self.world.reached[f"vendor.down-{event['how']}"] += 1
        until = EPOCH + round(event["until"] * SECOND)
        self.oracle.outages[event["channel"]].append((self.world.now, until))

        def heal() -> None:
            vendor.down = ""

        self.world.at(until, heal)

    def _people(self, event: Event) -> None:
        vendor = self.vendors.get(event["channel"])
        if isinstance(vendor, Slack):
            vendor.people(event["index"], event["action"])
        if isinstance(vendor, Jira):
            vendor.people(event["action"], event["index"])
            for issue in [*vendor.issues.values(), *vendor.deleted]:
                if issue.touched:
                    self.oracle.touched.add((vendor.channel, system.read(issue.text).alarm))

        if isinstance(vendor, ServiceNow):
            vendor.people(event["action"], event["index"])
            for record in [*vendor.records.values(), *vendor.deleted]:
                if record.touched:
                    self.oracle.touched.add((vendor.channel, system.read(record.text).alarm))

    def _acknowledge(self, event: Event) -> None:
        """As `obsgen ack` does."""
        assert isinstance(self.oracle, GroupOracle)
        acknowledged = self.oracle.acknowledged(event["alarm"], event.get("for"))
        if acknowledged:
            self.world.reached["people.ack"] += 1
            table = next(table for table in self.tables.values() if acknowledged[0] in table.items)
            table.put_item(system.acknowledgement(self.account.code, *acknowledged))

    def _write(self, items: Sequence[dict[str, Any]]) -> None:
        """As `obsgen mute` and `unmute` do."""
        for table in self.tables.values():
            for item in items:
                table.put_item(item)

    def _redrive(self) -> None:
        letters = self.dead_letters.take_all()
        for letter in letters:
            self.oracle.dead.discard(self.facts.get(letter.body, ("", 0, "")))
            self.bus.target.send(letter.body, f"redriven-{letter.name}")

    def _is_decidable(self, message: Message) -> bool:
        """Whether what is deployed can decide it."""
        return self.facts.get(message.body, ("", 0, ""))[0] in self.configuration.alarms

    def _replay(self, since: int) -> None:
        self.world.reached["bus.replay"] += 1
        for at, body, name in list(self.bodies):
            if at >= since:
                self.bus.put(body, f"replayed-{name}")

    # Phases

    def run(self, until: int | None = None) -> Outcome:
        """All of it. until: microseconds after which it ends, where that is not for the world to say."""
        outside = Outside(self.world, self.account.client, self.account.network.call, self._logged)
        with self.account.code.running(outside):
            system.prepare(self.account.code, self._current)
            for event in self.script.events:
                when = EPOCH + round(event["t"] * SECOND)
                self.world.at(when, lambda event=event: self._happen(event))  # type: ignore[misc]
            self.world.run(EPOCH + round(self.script.heal_at * SECOND))
            self._heal()
            for _ in range(ROUNDS):
                self.world.run(EPOCH + until + ROUND if until else self.world.now + ROUND)
                if not any(map(self._is_decidable, self.dead_letters.messages.values())):
                    break
                self._redrive()
            self._let_workers_end()
            self.oracle.judge(self.configuration.channels, self._is_quiet())
            self._judge_sizes()
        accounting = self.oracle.accounting if isinstance(self.oracle, GroupOracle) else Accounting()
        return Outcome(
            self.oracle.violations,
            self.world.fired,
            self.world.reached,
            self.world.log,
            self.invocations,
            accounting=accounting,
        )

    def _heal(self) -> None:
        self.world.calm = True
        for vendor in self.vendors.values():
            vendor.down = ""
        self.world.note("healed")

    def _let_workers_end(self) -> None:
        """What is open is reminded of for ever, also in the moment in which the world ends."""
        for _ in range(8):
            if not self.script.incidents or not any("lease" in text for _, text in self._left_over()):
                return
            self.world.run(self.world.now + 10 * SECOND)

    def _left_over(self) -> list[tuple[str, str]]:
        since = self.world.now - 3 * MINUTE if self.script.incidents else None
        rows = (item for table in self.tables.values() for rows in table.items.values() for item in rows.values())
        return system.left_over(rows, self.configuration, self.world.now, since)

    def _is_quiet(self) -> bool:
        """Whether nothing waits, and nobody has called a vendor for some minutes."""
        waiting = self.bus.target.messages or any(map(self._is_decidable, self.dead_letters.messages.values()))
        latest = max((calls[-1] for calls in self.oracle.calls.values()), default=0)
        return not waiting and latest < self.world.now - 5 * MINUTE

    def _judge_sizes(self) -> None:
        for table in self.tables.values():
            for size, key in table.largest_by_kind.values():
                if size > system.item_limit(key):
                    self.oracle.violate("S9", "/".join(key), f"{size} bytes")
            if table.widest > system.TRANSACTION_LIMIT:
                self.oracle.violate("S9", "a transaction", f"{table.widest} items")
        for code, text in self._left_over():
            self.oracle.violate(code, text, "is left")
        for queue in self.account.queues.values():
            if queue.carries_nothing and queue.deepest > system.WAKE_UP_DEPTH:
                self.oracle.violate("S14", queue.name, f"a chain of {queue.deepest} messages")

    def _logged(self, text: str) -> None:
        self.oracle.logged(text)
        self.world.log.append(text.rstrip())

    def _current(self) -> dict[str, Any]:
        task = self.world.current
        assert task is not None
        deployment: Deployment = task.process.code
        return deployment.routing


def simulate(script: Script) -> Outcome:
    """The outcome of a script; the same for the same script."""
    return Simulation(script).run()
