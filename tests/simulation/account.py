"""The simulated AWS account: everything that the template describes, the vendors, and the clients that lead there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulation import clients, system
from tests.simulation.functions import Function
from tests.simulation.queues import Queue, sqs
from tests.simulation.schedules import Bus, Scheduler
from tests.simulation.script import Configuration
from tests.simulation.seams import code
from tests.simulation.table import Schema, Table
from tests.simulation.template import architecture
from tests.simulation.vendors.aws import Mail, OpsCenter, Phone, Target, events, sns
from tests.simulation.vendors.google_chat import GoogleChat
from tests.simulation.vendors.jira import Jira
from tests.simulation.vendors.jsm import Jsm
from tests.simulation.vendors.network import Network, Sighting, Vendor
from tests.simulation.vendors.pagerduty import PagerDuty
from tests.simulation.vendors.servicenow import ServiceNow
from tests.simulation.vendors.slack import Slack
from tests.simulation.vendors.teams import Teams
from tests.simulation.vendors.webhook import Webhook
from tests.simulation.world import World

VENDORS: dict[str, type[Vendor]] = {
    "jira": Jira,
    "pagerduty": PagerDuty,
    "slack": Slack,
    "slack-webhook": Slack,
    "teams": Teams,
    "google-chat": GoogleChat,
    "webhook": Webhook,
    "jsm": Jsm,
    "servicenow": ServiceNow,
    "email": Mail,
    "opsitem": OpsCenter,
    "sns": Target,
    "event_bus": Target,
    "sms": Phone,
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a function's package holds. routing: the table of recipients."""

    configuration: Configuration
    routing: dict[str, Any]


class Account:
    """see: called with what people see. sent: with channel and text of each request to a vendor."""

    def __init__(self, world: World, see: Callable[[Sighting], None], sent: Callable[[str, str], None]) -> None:
        plan = architecture()
        self.world, self.code, self.see = world, code(), see
        self.vendors: dict[str, Vendor] = {}
        self.network = Network(world, {}, sent)
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
        self.dead_letters = self.queues[system.DEAD_LETTERS]
        self.tables = {
            name: Table(world, Schema(name, spec.hash, spec.range, spec.indexes, spec.ttl, spec.projections))
            for name, spec in plan.tables.items()
        }
        self.bus = Bus(world, self.queues[system.BUS_TARGET])
        self.scheduler = Scheduler(world, self.queues)
        for schedule in plan.schedules.values():
            self.scheduler.every(schedule.interval, schedule.name, self._target(schedule.target, schedule.input))
        self.secrets: dict[str, str] = {}
        self._clients: dict[tuple[str, float, int], clients.Client] = {}

    def _target(self, name: str, text: str) -> Callable[[], None]:
        if name in self.functions:
            function = self.functions[name]
            return lambda: function.invoke(json.loads(text), f"{name}@{self.world.now}", lambda _done: None) and None
        queue = self.queues[name]
        return lambda: queue.send(text, f"{name}@{self.world.now}") and None

    # Deployments and channels

    def deploy(self, configuration: Configuration) -> None:
        """New code for every function, and whatever its channels lead to."""
        for channel, kind in configuration.channels.items():
            if channel not in self.vendors:
                self._connect(channel, kind)
        deployment = Deployment(configuration, system.routing(configuration))
        for function in self.functions.values():
            function.deploy(deployment)
        self.world.note("deployed", configuration.number)

    def _connect(self, channel: str, kind: str) -> None:
        secret = system.secret(channel, kind)
        vendor = VENDORS[kind](self.world, channel, {}, secret, self.see)
        self.vendors[channel] = vendor
        host = system.host(channel, kind)
        if host:
            self.network.vendors[host] = vendor
        if secret:
            self.secrets[f"shop/{channel}"] = json.dumps(secret)

    def client(self, service: str, read_seconds: float, attempts: int) -> clients.Client:
        """In place of a botocore client."""
        key = (service, read_seconds, attempts)
        if key not in self._clients:
            operations = self._operations(service)
            self._clients[key] = clients.Client(self.world, service, operations, read_seconds, attempts)
        return self._clients[key]

    def _operations(self, service: str) -> dict[str, clients.Operation]:
        match service:
            case "dynamodb":
                return {name: self._table_call(name) for name in TABLE_OPERATIONS}
            case "sqs":
                return sqs(self.world, self.queues)
            case "sns":
                return sns(_Mails(self.vendors), self.vendors)  # type: ignore[arg-type]
            case "events":
                return events(self.vendors)
            case "ssm":
                center = next(v for v in self.vendors.values() if isinstance(v, OpsCenter))
                return center.operations()
            case "scheduler":
                return self.scheduler.operations()
            case "secretsmanager":
                return clients.secrets(self.world, self.secrets)
        return clients.logs(system.log_lines)

    def _table_call(self, operation: str) -> clients.Operation:
        def call(**arguments: Any) -> dict[str, Any]:
            # Every table of the path is called by one name in a request.
            name = arguments.pop("TableName", None) or table_named(arguments)
            return self.tables[name].call(operation, arguments)

        return call


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
