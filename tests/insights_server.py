"""CloudWatch Logs with Logs Insights on this machine, and an agent that works with it, on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import get_session

from generator.drill.insights_vendor import Insights, LogRegion
from handlers.common.deadline import Deadline
from handlers.error_logs import run
from handlers.error_logs.publish import WINDOW
from handlers.error_logs.settings import Settings, parse
from handlers.error_logs.world import World

ACCOUNT, REGION = "222222222222", "eu-west-1"
# A time of the schedule: 2026-11-29T12:00:00Z, in ms since 1970.
NOON = 1_795_953_600_000
QUERY = "fields @timestamp, @message, @log | filter @message like /(?i)(error|fail|exception)/"


@dataclass
class Clock:
    """Seconds since 1970, which pass only where somebody sleeps."""

    now: float = NOON / 1000

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class Bus:
    """Takes what agents send. refuse: asked before each call; raises where it is not taken."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuse: Callable[[], None] = lambda: None

    def put(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """See world.Events."""
        self.refuse()
        self.sent.extend((kind, dict(detail)) for kind, detail in entries)

    def windows(self, pass_: str = "first") -> list[dict[str, Any]]:
        """Details of windows of a pass, as sent."""
        return [detail for kind, detail in self.sent if kind == WINDOW and detail["pass"] == pass_]

    def events(self) -> list[dict[str, Any]]:
        """Details of all other events, as sent."""
        return [detail for kind, detail in self.sent if kind != WINDOW]


def settings(**changed: Any) -> Settings:
    """Settings as a file has them, with some of them changed."""
    data = {
        "version": 1,
        "environment": "prod",
        "hub": {"account": "111111111111", "region": "us-east-1"},
        "query": QUERY,
        "every": 300,
        "delivery_latency": 15,
        "groups": {"prefixes": ["/"], "functions": False, "services": False},
        "concurrent_queries": 4,
        "deployments": False,
        "health": False,
        **changed,
    }
    return parse(data, "0123456789ab")


@dataclass
class Agent:
    """An agent in an account and Region of the stand-in."""

    insights: Insights
    clock: Clock
    settings: Settings
    account: str = ACCOUNT
    region: str = REGION
    bus: Bus = field(default_factory=Bus)
    metrics: list[str] = field(default_factory=list)
    clients: dict[str, Any] = field(default_factory=dict)
    seconds: float = 235.0

    @property
    def place(self) -> LogRegion:
        """What it has to do with."""
        return self.insights.place(self.account, self.region)

    def world(self, pause: Callable[[float], None] | None = None) -> World:
        """Its world. pause: instead of the clock's sleep."""
        return World(
            account=self.account,
            region=self.region,
            settings=self.settings,
            now=lambda: round(self.clock.now * 1000),
            pause=pause or self.clock.sleep,
            client=self._client,
            bus=self.bus,
            put_metrics=self.metrics.append,
        )

    def count(self, at: int = NOON, receives: int = 1, pause: Callable[[float], None] | None = None) -> None:
        """Handle the schedule's message of a time."""
        run.count(at, self.world(pause), Deadline.after(self.seconds, self.clock), receives)

    def _client(self, service: str) -> Any:
        return self.clients.get(service) or logs_client(self.insights.url, self.account, self.region)


@cache
def logs_client(url: str, account: str, region: str) -> Any:
    """A client of the stand-in, in the name of an account."""
    return client("logs", url, account, region)


def client(service: str, url: str, account: str = "testing", region: str = REGION) -> Any:
    """A client of a server on this machine, which tries once."""
    return get_session().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=account,
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )


@contextmanager
def agent(**changed: Any) -> Iterator[Agent]:
    """An agent with a stand-in of its own. changed: settings."""
    clock = Clock()
    with Insights(clock) as insights:
        yield Agent(insights, clock, settings(**changed))
