"""One world, from its script to the verdict.

Phases: what the script says, with faults; then all is healed; then it has to become quiet and complete.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import clients, system
from tests.simulation.faults import RATES
from tests.simulation.functions import Function, Invocation
from tests.simulation.oracle import Fact, Oracle, Violation
from tests.simulation.queues import Message, Queue, sqs
from tests.simulation.schedules import Bus, Scheduler
from tests.simulation.script import Configuration, Event, Script, first_configuration
from tests.simulation.seams import Outside, code
from tests.simulation.table import Schema, Table
from tests.simulation.template import architecture
from tests.simulation.truth import Truth
from tests.simulation.vendors.aws import Mail, OpsCenter, sns
from tests.simulation.vendors.jira import Jira
from tests.simulation.vendors.network import Network, Vendor
from tests.simulation.vendors.pagerduty import PagerDuty
from tests.simulation.vendors.slack import Slack
from tests.simulation.vendors.webhook import Webhook
from tests.simulation.world import EPOCH, MINUTE, SECOND, World

VENDORS: dict[str, type[Vendor]] = {
    "jira": Jira,
    "pagerduty": PagerDuty,
    "slack": Slack,
    "slack-webhook": Slack,
    "webhook": Webhook,
    "email": Mail,
    "opsitem": OpsCenter,
}
# After healing: at most so many rounds, with a redrive between them while there is anything among the dead letters.
ROUNDS, ROUND = 4, 20 * MINUTE


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a function's package holds. routing: the table of recipients."""

    configuration: Configuration
    routing: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """violations: in the order in which they happened. fired: fault occurrences. reached: how often, by point."""

    violations: list[Violation]
    fired: list[str]
    reached: Counter[str]
    log: list[str] = field(repr=False, default_factory=list)
    invocations: int = 0
    seconds: float = 0.0

    def codes(self) -> set[str]:
        """Of the violations."""
        return {violation.code for violation in self.violations}


class Simulation:
    """The simulated AWS account and everything around it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        faults = {point: RATES[point] for point in script.faults}
        only = None if script.only is None else frozenset(script.only)
        if only is not None:
            faults = RATES
        self.world = World(script.seed, faults, only)
        self.truth = Truth(script.reopen_within * SECOND)
        self.oracle = Oracle(self.world, self.truth)
        self.configuration = first_configuration(script)
        self.vendors: dict[str, Vendor] = {}
        self.facts: dict[str, Fact] = {}
        self.bodies: list[tuple[int, str, str]] = []
        self.invocations = 0
        self.code = code()
        self._platform()
        self.network = Network(self.world, {}, self.oracle.sent)
        self._deploy(self.configuration)

    def _platform(self) -> None:
        world, plan = self.world, architecture()
        self.functions = {
            name: Function(
                world,
                name,
                spec.timeout,
                system.handler(self.code, spec.handler),
                dict(spec.environ),
                system.initialize(self.code, spec.handler),
            )
            for name, spec in plan.functions.items()
        }
        self.queues = {
            name: Queue(world, name, spec.visibility, spec.max_receives, concurrency=spec.concurrency)
            for name, spec in plan.queues.items()
        }
        for name, spec in plan.queues.items():
            queue = self.queues[name]
            queue.dead_letters = self.queues.get(spec.dead_letters)
            queue.function = self.functions.get(spec.function)
            # A queue for a function that has no dead letters may lose what it carries.
            queue.carries_nothing = queue.function is not None and queue.dead_letters is None
            queue.started, queue.finished = self._started, self._finished
        self.dead_letters = self.queues[system.DEAD_LETTERS]
        self.dead_letters.arrived = self._given_up
        self.tables = {
            name: Table(world, Schema(name, spec.hash, spec.range, spec.indexes, spec.ttl, spec.projections))
            for name, spec in plan.tables.items()
        }
        self.bus = Bus(world, self.queues[system.BUS_TARGET])
        self.scheduler = Scheduler(world, self.queues)
        for schedule in plan.schedules.values():
            self.scheduler.every(schedule.interval, schedule.name, self._target(schedule.target, schedule.input))
        self.secrets: dict[str, str] = {}
        self._clients: dict[str, clients.Client] = {}

    def _target(self, name: str, text: str) -> Callable[[], None]:
        if name in self.functions:
            function = self.functions[name]
            return lambda: function.invoke(json.loads(text), f"{name}@{self.world.now}", lambda _done: None) and None
        queue = self.queues[name]
        return lambda: queue.send(text, f"{name}@{self.world.now}") and None

    # Deployments and channels

    def _deploy(self, configuration: Configuration) -> None:
        self.configuration = configuration
        for channel, kind in configuration.channels.items():
            if channel not in self.vendors:
                self._connect(channel, kind)
        deployment = Deployment(configuration, system.routing(configuration))
        for function in self.functions.values():
            function.deploy(deployment)
        self.oracle.deployed(configuration)
        self.world.note("deployed", configuration.number)

    def _connect(self, channel: str, kind: str) -> None:
        secret = system.secret(channel, kind)
        vendor = VENDORS[kind](self.world, channel, {}, secret, self.oracle.see)
        self.vendors[channel] = vendor
        host = system.host(channel, kind)
        if host:
            self.network.vendors[host] = vendor
        if secret:
            self.secrets[f"shop/{channel}"] = json.dumps(secret)
            # An address may be known to people by name; what opens it may not be in any text.
            values = (v.rpartition("/")[2] for name, v in secret.items() if name != "email")
            self.oracle.secrets += tuple((channel, value) for value in values)

    def client(self, service: str) -> clients.Client:
        """In place of a botocore client."""
        if service not in self._clients:
            operations = self._operations(service)
            self._clients[service] = clients.Client(self.world, service, operations, system.ATTEMPTS[service])
        return self._clients[service]

    def _operations(self, service: str) -> dict[str, clients.Operation]:
        match service:
            case "dynamodb":
                return {name: self._table_call(name) for name in TABLE_OPERATIONS}
            case "sqs":
                return sqs(self.world, self.queues)
            case "sns":
                return sns(_Mails(self.vendors))  # type: ignore[arg-type]
            case "ssm":
                center = next(v for v in self.vendors.values() if isinstance(v, OpsCenter))
                return center.operations()
            case "scheduler":
                return self.scheduler.operations()
            case "secretsmanager":
                return clients.secrets(self.world, self.secrets)
        return clients.logs(lambda _arguments: [])

    def _table_call(self, operation: str) -> clients.Operation:
        def call(**arguments: Any) -> dict[str, Any]:
            # Every table of the path is called by one name in a request.
            name = arguments.pop("TableName", None) or table_named(arguments)
            return self.tables[name].call(operation, arguments)

        return call

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
        # What every time was killed, throttled or counted twice could not be decided.
        is_excused = message.moved and not message.attempts
        self.oracle.dead_letter(message, self.facts.get(message.body), is_excused)

    def _is_remembered(self, alarm: str) -> bool:
        return any(alarm in pk for table in self.tables.values() for pk in table.items)

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

    def _change_state(self, event: Event) -> None:
        alarm, state, at = event["alarm"], event["state"], self.world.now
        at -= at % 1_000
        before = self.truth.add(alarm, at, state)
        body = system.alarm_event(alarm, state, at, before if before[0] >= 0 else (EPOCH - 3_600 * SECOND, "OK"))
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

        def heal() -> None:
            vendor.down = ""

        self.world.at(EPOCH + round(event["until"] * SECOND), heal)

    def _people(self, event: Event) -> None:
        vendor = self.vendors.get(event["channel"])
        if isinstance(vendor, Slack):
            vendor.people(event["index"])
        if isinstance(vendor, Jira):
            vendor.people(event["action"], event["index"])
            for issue in [*vendor.issues.values(), *vendor.deleted]:
                if issue.touched:
                    self.oracle.touched.add((vendor.channel, system.read(issue.text).alarm))

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

    def run(self) -> Outcome:
        """All of it."""
        outside = Outside(self.world, self.client, self.network.call, self._logged)
        with self.code.running(outside):
            system.prepare(self.code, self._current)
            for event in self.script.events:
                when = EPOCH + round(event["t"] * SECOND)
                self.world.at(when, lambda event=event: self._happen(event))  # type: ignore[misc]
            self.world.run(EPOCH + round(self.script.heal_at * SECOND))
            self._heal()
            for _ in range(ROUNDS):
                self.world.run(self.world.now + ROUND)
                if not any(map(self._is_decidable, self.dead_letters.messages.values())):
                    break
                self._redrive()
            self.oracle.judge(self.configuration.channels, self._is_quiet())
            self._judge_sizes()
        return Outcome(self.oracle.violations, self.world.fired, self.world.reached, self.world.log, self.invocations)

    def _heal(self) -> None:
        self.world.calm = True
        for vendor in self.vendors.values():
            vendor.down = ""
        self.world.note("healed")

    def _is_quiet(self) -> bool:
        """Whether nothing waits, and nobody has called a vendor for some minutes."""
        waiting = self.bus.target.messages or any(map(self._is_decidable, self.dead_letters.messages.values()))
        latest = max((calls[-1] for calls in self.oracle.calls.values()), default=0)
        return not waiting and latest < self.world.now - 5 * MINUTE

    def _judge_sizes(self) -> None:
        for table in self.tables.values():
            size, key = table.largest
            if size > system.ITEM_LIMIT:
                self.oracle.violate("S9", "/".join(key), f"{size} bytes")
            for text in system.left_over(item for rows in table.items.values() for item in rows.values()):
                self.oracle.violate("L5", text, "is left")
        for queue in self.queues.values():
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


class _Mails(dict[str, Mail]):
    """The mail channels among the vendors, also those that come later."""

    def __init__(self, vendors: dict[str, Vendor]) -> None:
        super().__init__()
        self.vendors = vendors

    def __contains__(self, name: object) -> bool:
        return isinstance(self.vendors.get(str(name)), Mail)

    def __getitem__(self, name: str) -> Mail:
        found = self.vendors[name]
        assert isinstance(found, Mail)
        return found


TABLE_OPERATIONS = (
    "get_item",
    "put_item",
    "update_item",
    "delete_item",
    "batch_get_item",
    "query",
    "transact_write_items",
)


def table_named(arguments: dict[str, Any]) -> str:
    """The table of a request that names it further inside."""
    if "RequestItems" in arguments:
        return str(next(iter(arguments["RequestItems"])))
    return str(next(iter(arguments["TransactItems"][0].values()))["TableName"])


def simulate(script: Script) -> Outcome:
    """The outcome of a script; the same for the same script."""
    return Simulation(script).run()
