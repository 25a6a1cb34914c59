"""An account's instances, the checker's two queues, and whoever hears of it, in memory and under one clock.

moto emits neither state changes nor tag changes; the events here are as AWS documents them:
https://docs.aws.amazon.com/ec2/latest/devguide/monitoring-instance-state-changes.html
https://docs.aws.amazon.com/tag-editor/latest/userguide/monitor-tag-changes.html

Every call that leaves the checker goes through `Faults`, which may raise before the call or after its effect, or let
another invocation run in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from handlers.common.deadline import Deadline
from handlers.compliance import app
from handlers.compliance.ec2 import GONE
from handlers.compliance.ledger import Key
from handlers.compliance.messages import Unreadable, read
from handlers.compliance.outputs import Point, PostponedMessage, ResourcePage, World
from handlers.compliance.resource import EC2_INSTANCE, Resource
from tests.handlers.compliance.memory_ledger import MemoryLedger
from tests.handlers.compliance.scan_world import ACCOUNT, REGION, Bucket, People, rules

# 2026-09-21T14:13:20Z
START = 1_790_000_000_000
SECOND = 1_000
MAX_RECEIVES = 5
VISIBILITY_MS = 30 * SECOND
ON_CHANGE = {"states": ["running"], "wait": 120, "slow_wait": 600}
# As DescribeInstances leaves them out an hour after.
LISTED = ("pending", "running", "stopping", "stopped")


class Killed(BaseException):
    """The function ended here."""


class Throttled(Exception):
    """AWS refused."""


@dataclass
class Clock:
    """Milliseconds; each look at it takes one."""

    at: int = START

    def __call__(self) -> int:
        self.at += 1
        return self.at


@dataclass
class Faults:
    """What happens around a call. before, after: called with its name, such as `ledger.save`."""

    before: Callable[[str], None] = lambda _name: None
    after: Callable[[str], None] = lambda _name: None
    calls: list[str] = field(default_factory=list)

    def call(self, name: str, method: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        self.calls.append(name)
        self.before(name)
        answer = method(*arguments, **more)
        self.after(name)
        return answer


@dataclass(frozen=True)
class Guarded:
    """A port whose calls may go wrong."""

    name: str
    port: Any
    faults: Faults

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return partial(self.faults.call, f"{self.name}.{method}", getattr(self.port, method))


@dataclass
class Message:
    """One of a queue. queue: launches or own."""

    body: str
    visible_at: int
    receives: int = 0


@dataclass
class Queue:
    """Both queues of the checker: who puts something into the one of launches, says so by the delay."""

    clock: Clock
    waiting: list[Message] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        assert 0 <= delay_s <= 900
        self.waiting.append(Message(json.dumps(message), self.clock.at + delay_s * SECOND))

    @property
    def next_at(self) -> int | None:
        """When the next message can be seen."""
        return min((message.visible_at for message in self.waiting), default=None)


@dataclass
class Points:
    """Data points, in the order in which they were put."""

    points: list[Point] = field(default_factory=list)

    def put(self, points: Sequence[Point]) -> None:
        self.points += points

    def of_changes(self, name: str) -> list[float]:
        return [point.value for point in self.points if point.name == name and not point.dimensions]

    def of_scans(self, name: str) -> list[float]:
        return [point.value for point in self.points if point.name == name and point.dimensions]


@dataclass
class Account:
    """Instances of one account and Region. emit: takes their events. page_size: of a listing."""

    clock: Clock
    emit: Callable[[dict[str, Any]], None]
    instances: dict[str, Resource] = field(default_factory=dict)
    tag_versions: dict[str, int] = field(default_factory=dict)
    page_size: int = 200

    def launch(self, number: int, tags: Mapping[str, str] | None = None, **more: Any) -> str:
        """An instance that is running, and its event; the id."""
        id_ = f"i-{number:017x}"
        self.instances[id_] = Resource(
            EC2_INSTANCE,
            id_,
            ACCOUNT,
            REGION,
            dict(tags or {}),
            "running",
            (tags or {}).get("Name", ""),
            launched_at=self.clock.at,
            **more,
        )
        self.emit(state_change(id_, "running", self.clock.at))
        return id_

    def tag(self, id_: str, tags: Mapping[str, str]) -> None:
        """Replace all tags of an instance, and the event of it."""
        before = self.instances[id_].tags
        changed = sorted(key for key in {*before, *tags} if before.get(key) != tags.get(key))
        self.instances[id_] = replace(self.instances[id_], tags=dict(tags))
        self.tag_versions[id_] = self.tag_versions.get(id_, 0) + 1
        self.emit(tag_change(id_, changed, tags, self.tag_versions[id_], self.clock.at))

    def turn(self, id_: str, state: str) -> None:
        """Into another state, and the event of it."""
        self.instances[id_] = replace(self.instances[id_], state=state)
        self.emit(state_change(id_, state, self.clock.at))

    def forget(self, id_: str) -> None:
        """As EC2 does some time after an instance was terminated."""
        del self.instances[id_]

    # -- outputs.Resources

    def page(self, type_: str, token: str) -> ResourcePage:
        ids = sorted(id_ for id_, one in self.instances.items() if id_ > token and one.state in LISTED)
        page = ids[: self.page_size]
        return ResourcePage([self.instances[id_] for id_ in page], page[-1] if len(ids) > len(page) else "")

    def find(self, type_: str, ids: Sequence[str]) -> list[Resource]:
        return [self.instances[id_] for id_ in ids if id_ in self.instances]


@dataclass
class Trail:
    """CloudTrail's memory of launches: by id who it was, and from when on it is known."""

    clock: Clock
    launches: dict[str, tuple[int, str]] = field(default_factory=dict)

    def launcher(self, instance: str) -> str:
        at, who = self.launches.get(instance, (0, ""))
        return who if at <= self.clock.at else ""


def state_change(id_: str, state: str, at: int) -> dict[str, Any]:
    """As EC2 sends it; times are in whole seconds."""
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": ACCOUNT,
        "time": moment(at),
        "region": REGION,
        "resources": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{id_}"],
        "detail": {"instance-id": id_, "state": state},
    }


def tag_change(id_: str, changed: Sequence[str], tags: Mapping[str, str], version: int, at: int) -> dict[str, Any]:
    """As AWS sends it, for a resource whose tags were changed by whatever API."""
    return {
        "version": "0",
        "id": "bddcf1d6-0251-35a1-aab0-adc1fb47c11c",
        "detail-type": "Tag Change on Resource",
        "source": "aws.tag",
        "account": ACCOUNT,
        "time": moment(at),
        "region": REGION,
        "resources": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{id_}"],
        "detail": {
            "changed-tag-keys": list(changed),
            "tags": dict(tags),
            "service": "ec2",
            "resource-type": "instance",
            "version": version,
        },
    }


def moment(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ComplianceWorld:
    """Everything around one checker, and the checker as its function runs it."""

    def __init__(self, seconds: float = 60.0, **more: Any) -> None:
        """seconds: that an invocation has. more: of rules.json."""
        self.seconds = seconds
        self.clock = Clock()
        self.faults = Faults()
        self.rules = rules(on_change=ON_CHANGE, **more)
        self.queue = Queue(self.clock)
        self.account = Account(self.clock, self.route)
        self.trail = Trail(self.clock)
        self.ledger, self.bucket, self.points, self.people = MemoryLedger(), Bucket(), Points(), People()
        # What is done with an event before it is in a queue: tag events may get lost.
        self.loses: Callable[[dict[str, Any]], bool] = lambda _event: False

    @property
    def world(self) -> World:
        """What the checker has of it."""
        ports = {
            "ledger": self.ledger,
            "resources": self.account,
            "records": self.bucket,
            "metrics": self.points,
            "findings": self.people,
            "messages": self.queue,
            **({"trail": self.trail} if self.rules.notify.launcher else {}),
        }
        guarded: dict[str, Any] = {name: Guarded(name, port, self.faults) for name, port in ports.items()}
        return World(account=ACCOUNT, region=REGION, environment="prod", rules=self.rules, now=self.clock, **guarded)

    def route(self, event: dict[str, Any]) -> None:
        """As the rules do: state changes wait in a queue of their own."""
        is_state_change = event["source"] == "aws.ec2"
        states = ON_CHANGE["states"]
        if self.loses(event) or is_state_change and event["detail"]["state"] not in states:  # type: ignore[operator]
            return
        self.queue.send(event, ON_CHANGE["wait"] if is_state_change else 0)  # type: ignore[arg-type]

    # -- running

    def handle(self, message: Mapping[str, Any] | str) -> None:
        """One message, in one invocation."""
        body = message if isinstance(message, str) else json.dumps(message)
        app.dispatch(read(body), self.world, Deadline(self.seconds, lambda: 0.0))

    def deliver(self, message: Message) -> bool:
        """One message of the queue; whether it is done with. A failure brings it back, and in the end to the dead."""
        self.queue.waiting.remove(message)
        message.receives += 1
        try:
            self.handle(message.body)
        except Unreadable:
            self.queue.dead.append(message.body)
        except PostponedMessage:
            if message.receives <= len(app.LATER):
                message.visible_at = self.clock.at + app.LATER[message.receives - 1] * SECOND
                self.queue.waiting.append(message)
                return False
        except (Killed, Exception):
            if message.receives >= MAX_RECEIVES:
                self.queue.dead.append(message.body)
            else:
                message.visible_at = self.clock.at + VISIBILITY_MS
                self.queue.waiting.append(message)
            return False
        return True

    def run(self, until: int | None = None) -> None:
        """Deliver what can be seen, as time goes by; without a time, until the queues are empty."""
        for _ in range(100_000):
            at = self.queue.next_at
            if at is None or (until is not None and at > until):
                self.clock.at = max(self.clock.at, until or 0)
                return
            self.clock.at = max(self.clock.at, at)
            self.deliver(next(message for message in self.queue.waiting if message.visible_at <= self.clock.at))
        raise AssertionError("this never ends")

    def wait(self, seconds: int) -> None:
        """Let so much time go by."""
        self.run(self.clock.at + seconds * SECOND)

    def scan(self) -> None:
        """A whole scan by schedule, and whatever else is in the queues."""
        self.queue.send({"scan": {"at": moment(self.clock.at + SECOND), "by": "schedule"}})
        self.run()

    def tick(self) -> None:
        """Fifteen minutes later."""
        self.clock.at += 900 * SECOND
        self.queue.send({"tick": {"at": moment(self.clock.at)}})
        self.run()

    # -- what came of it

    def heard(self, id_: str) -> list[str]:
        """The states that people heard of a subject."""
        return self.people.heard().get(id_, [])

    def row(self, id_: str) -> Any:
        return self.ledger.rows.get(Key(EC2_INSTANCE, id_))

    def records(self, id_: str) -> list[dict[str, Any]]:
        return [json.loads(body) for key, body in sorted(self.bucket.objects.items()) if f"/{id_}-" in key]

    def exists(self, id_: str) -> bool:
        return id_ in self.account.instances and self.account.instances[id_].state not in GONE
