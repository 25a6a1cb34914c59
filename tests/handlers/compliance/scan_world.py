"""A scan's surroundings in memory: instances, a queue, buckets of what was put, and calls that fail when asked to.

Every call of a port is counted. One of them may be made to raise, before or after its effect, as a function does that
is killed there; or to let something else happen first, as where two invocations run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.common.deadline import Deadline
from handlers.compliance import outbox, scan
from handlers.compliance.ledger import Key
from handlers.compliance.observation import New, apply_observation
from handlers.compliance.observing import evaluate_now
from handlers.compliance.outputs import Point, ResourcePage, TokenExpired, Unsupported, World
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.rules import parse
from handlers.compliance.steps import step_of
from handlers.compliance.tick import tick
from tests.handlers.compliance.memory_ledger import MemoryLedger

ACCOUNT, REGION = "222222222222", "us-east-1"
START = 1_790_000_000_000
DAY = 86_400_000
STATES = ("running", "pending", "stopping", "stopped")
MOST_DELIVERIES = 5_000


def rules(**more: Any) -> Any:
    """Environment, Owner and Application, as the mission has them."""
    table = {
        "version": 1,
        "rules_version": "0123456789ab",
        "project": "payments",
        "environment": "prod",
        "hub": {"account": "111111111111", "region": REGION},
        "resources": [EC2_INSTANCE],
        "notify": {"changes": "each", "scans": "each", "summary_above": 10},
        "accounts": {ACCOUNT: {"name": "checkout"}},
        "rules": [
            {
                "tags": [
                    {"key": "Environment", "allowed": ["dev", "staging", "prod"]},
                    {"key": "Owner"},
                    {"key": "Application"},
                ],
                "exemptions": [{"reason": "short-lived", "tags": {"Temporary": ["yes"]}}],
            }
        ],
    }
    return parse({**table, **more})


GOOD = {"Environment": "prod", "Owner": "ann", "Application": "shop"}
# One after the other: fine, exempt, a tag is missing, all are, a value is wrong.
TAGS: tuple[dict[str, str], ...] = (
    GOOD,
    {"Temporary": "yes"},
    {"Environment": "prod", "Application": "shop"},
    {},
    {**GOOD, "Environment": "production", "Owner": "bob"},
)


def instance(number: int, tags: Mapping[str, str], type_: str = EC2_INSTANCE) -> Resource:
    """An instance, or a resource of another type; its state follows from its number."""
    id_ = f"i-{number:017x}" if type_ == EC2_INSTANCE else f"resource-{number:05}"
    state = STATES[number % len(STATES)] if type_ == EC2_INSTANCE else ""
    return Resource(type_, id_, ACCOUNT, REGION, dict(tags), state, tags.get("Name", ""))


def mixed(count: int, wrong: int | None = None) -> dict[Key, Resource]:
    """Instances with all kinds of tags; with `wrong`, so many of them lack all tags and the others are fine."""
    made = [
        instance(number, TAGS[number % len(TAGS)] if wrong is None else {} if number < wrong else GOOD)
        for number in range(count)
    ]
    return {Key(one.type, one.id): one for one in made}


class Killed(BaseException):
    """The function ended here."""


@dataclass
class Calls:
    """Counts the calls. at: the number of the one that something happens at, counted from 1; 0 for none."""

    count: int = 0
    at: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def made(self, call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        self.count += 1
        is_it = self.count == self.at
        if is_it:
            self.before()
        result = call(*arguments, **more)
        if is_it:
            self.after()
        return result


@dataclass(frozen=True)
class Counted:
    """A port whose calls are counted."""

    port: Any
    calls: Calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)
        return lambda *arguments, **more: self.calls.made(method, *arguments, **more)


@dataclass
class Estate:
    """What there is. page_size: of a listing. expired: tokens that are not taken. listed: pages that were read."""

    resources: dict[Key, Resource]
    page_size: int = 200
    expired: set[str] = field(default_factory=set)
    listed: int = 0

    def page(self, type_: str, token: str) -> ResourcePage:
        if token in self.expired:
            raise TokenExpired
        self.listed += 1
        ids = sorted(key.id for key in self.resources if key.type == type_)
        rest = [id_ for id_ in ids if id_ > token]
        page = rest[: self.page_size]
        following = page[-1] if len(rest) > len(page) else ""
        return ResourcePage([self.resources[Key(type_, id_)] for id_ in page], following)

    def find(self, type_: str, ids: Sequence[str]) -> list[Resource]:
        if type_ != EC2_INSTANCE:
            raise Unsupported(type_)
        return [self.resources[Key(type_, id_)] for id_ in ids if Key(type_, id_) in self.resources]


@dataclass
class Bucket:
    """Records by key. failing: whether S3 takes none."""

    objects: dict[str, str] = field(default_factory=dict)
    failing: bool = False

    def put(self, *arguments: str) -> None:
        if self.failing:
            raise ConnectionError("S3 is out of reach")
        key, body = arguments
        self.objects[key] = body


@dataclass
class Points:
    """Data points, as CloudWatch would take their maximum."""

    points: list[Point] = field(default_factory=list)

    def put(self, points: Sequence[Point]) -> None:
        self.points += points

    def maxima(self) -> dict[str, float]:
        """By name; a scan whose end is done again puts them again, later."""
        values: dict[str, float] = {}
        for point in self.points:
            assert dict(point.dimensions) == {"Source": "Scan"}
            values[point.name] = max(point.value, values.get(point.name, 0))
        return values


@dataclass
class People:
    """Findings, as the hub takes them: an event with a known `at` is the same event."""

    received: list[Mapping[str, Any]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def send(self, details: Sequence[Mapping[str, Any]]) -> list[bool]:
        taken = [detail["subject"] not in self.refused for detail in details]
        self.received += [detail for detail, is_taken in zip(details, taken, strict=True) if is_taken]
        return taken

    def heard(self) -> dict[str, list[str]]:
        """The states that each subject had, one for each `at`; they have to grow."""
        events: dict[str, dict[int, str]] = {}
        for detail in self.received:
            known = events.setdefault(detail["subject"], {})
            assert known.setdefault(detail["at"], detail["state"]) == detail["state"]
        return {subject: [known[at] for at in sorted(known)] for subject, known in sorted(events.items())}


@dataclass
class Queue:
    """Messages that wait."""

    waiting: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        assert delay_s <= 900
        self.waiting.append(message)


@dataclass
class Clock:
    """Milliseconds; each look at it is one."""

    at: int = START

    def __call__(self) -> int:
        self.at += 1
        return self.at


@dataclass
class ScanWorld:
    """Everything, and how to let it run. seconds: that an invocation has; with less than 21 it does one step."""

    estate: Estate
    rules: Any = field(default_factory=rules)
    seconds: float = 60.0
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    bucket: Bucket = field(default_factory=Bucket)
    points: Points = field(default_factory=Points)
    people: People = field(default_factory=People)
    queue: Queue = field(default_factory=Queue)
    calls: Calls = field(default_factory=Calls)
    clock: Clock = field(default_factory=Clock)
    failed: int = 0

    @property
    def world(self) -> World:
        ports = (self.ledger, self.estate, self.bucket, self.points, self.people, self.queue)
        counted: list[Any] = [Counted(port, self.calls) for port in ports]
        return World(ACCOUNT, REGION, "prod", self.rules, self.clock, *counted)

    def deadline(self) -> Deadline:
        return Deadline(self.seconds, lambda: 0.0)

    def deliver(self, message: Mapping[str, Any]) -> None:
        """One message to one invocation."""
        if "scan" in message:
            scan.start(message["scan"], self.world, self.deadline())
        elif "tick" in message:
            tick(self.world, self.deadline())
        else:
            scan.resume(step_of(message), self.world, self.deadline())

    def run(self) -> None:
        """Until the queue is empty; a message whose invocation failed is handed out again."""
        for _ in range(MOST_DELIVERIES):
            if not self.queue.waiting:
                return
            message = self.queue.waiting.pop(0)
            try:
                self.deliver(message)
            except Killed:
                self.failed += 1
                self.queue.waiting.insert(0, message)
        raise AssertionError("this never ends")

    def scan(self, at: int | None = None) -> int:
        """A whole scan; its id."""
        at = self.clock.at if at is None else at
        self.clock.at = max(self.clock.at, at)
        self.queue.waiting.append({"scan": at})
        self.run()
        return at

    def tick(self) -> None:
        self.clock.at += 15 * 60_000
        self.queue.waiting.append({"tick": {}})
        self.run()

    def look(self, number: int) -> None:
        """What a change event leads to: the instance is found, judged and remembered."""
        key = sorted(self.estate.resources)[number]
        observed_at = self.clock()
        judged = evaluate_now(self.estate.resources[key], self.world, observed_at)
        before = self.ledger.load([key]).get(key)
        row = self.ledger.save(apply_observation(before, judged.observation, "prod", New.EACH), observed_at)
        outbox.send_findings([row], self.world)

    def retag(self, number: int, tags: Mapping[str, str]) -> None:
        key = sorted(self.estate.resources)[number]
        self.estate.resources[key] = replace(self.estate.resources[key], tags=dict(tags))

    def end_state(self) -> dict[str, Any]:
        """What has to be the same however the scan came to its end; times and versions may differ."""
        rows = {
            key: (row.status, row.fingerprint, row.sent and row.sent.state, row.owed is None, row.in_summary)
            for key, row in self.ledger.rows.items()
        }
        return {
            "rows": rows,
            "totals": self.ledger.scan_totals,
            "pages": self.ledger.scan_pages,
            "running": self.ledger.running,
            "records": self.bucket.objects,
            "metrics": self.points.maxima(),
            "heard": self.people.heard(),
        }
