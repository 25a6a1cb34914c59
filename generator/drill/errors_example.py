"""An error in a log, from its line to a finding, an answer of the API and a report: by the functions' own packages.

Logs Insights and EventBridge are stand-ins, DynamoDB and the rest are moto's server. The member's agent first reads a
window long past, so that it is no new agent that learns, and then the one that has the error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from generator.drill.bus_vendor import Bus
from generator.drill.hub import LocalHub
from generator.drill.insights_vendor import Insights
from generator.drill.machine import CannotDrill, moto, own_environment
from generator.drill.package_run import PackageFailed, answer_of
from generator.wording import format_utc

RUNNER = Path(__file__).with_name("invoke_runner.py")
SETTINGS = "handlers/events/settings.json"
HOUR_MS = 3_600_000
OCCURRENCES, STREAM = 3, "app/drill/0123456789abcdef"
LINE = (
    "ERROR payment {number} of ann.other@example.com with card 4111 1111 1111 1111 refused: "
    "ConnectionError: ledger.internal:5432 unreachable after {wait} ms"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The input of a drill of errors. packages: agent, events, api and reports, path to content. template: the hub's.

    account: the member's id, whose settings.json has `every`, `delivery_latency` and, in the hub's, `learn` in seconds.
    """

    packages: Mapping[str, Mapping[str, bytes]]
    template: Mapping[str, Any]
    hub: str
    hub_region: str
    partition: str
    account: str
    region: str
    log_group: str


@dataclass(slots=True)
class Example:
    """The result. line: as it was logged. window: the agent's result of its window. opened, closed: findings.

    error: as the API shows it. report: text.
    """

    log_group: str
    line: str
    window: Mapping[str, Any] = field(default_factory=dict)
    opened: Mapping[str, Any] = field(default_factory=dict)
    closed: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    report: str = ""


def example(asked: Asked, now: datetime) -> Example:
    """Play it. now: the end of the window that has the error is before it. Raises CannotDrill."""
    with ExitStack() as stack:
        stack.enter_context(own_environment(asked.hub, asked.hub_region))
        place = _Place(
            asked,
            int(now.timestamp() * 1000),
            stack.enter_context(moto()),
            stack.enter_context(Bus()),
            stack.enter_context(Insights(lambda: now.timestamp())),
        )
        try:
            return place.play()
        except PackageFailed as error:
            raise CannotDrill(str(error)) from None


class _Place:
    """One member and its hub on this machine."""

    def __init__(self, asked: Asked, now: int, endpoint: str, bus: Bus, insights: Insights) -> None:
        import botocore.session

        self.asked, self.now, self.endpoint, self.bus, self.insights = asked, now, endpoint, bus, insights
        self.agent = json.loads(asked.packages["error_logs"]["handlers/error_logs/settings.json"])
        self.settings = json.loads(asked.packages["events"][SETTINGS])
        # Each client once, of one session: a session reads all of AWS's endpoints again.
        session = botocore.session.get_session()
        self._client = cache(lambda service: session.create_client(service, endpoint_url=endpoint))
        self.hub = LocalHub(asked.template, asked.hub, asked.hub_region, asked.partition, self._client)

    def play(self) -> Example:
        """From the line to the report."""
        self.hub.make()
        # The first error is on the grid of windows, a whole window ago, so that its lines are all there.
        every, latency = self.agent["every"] * 1000, self.agent["delivery_latency"] * 1000
        due = (self.now - latency) // every * every
        wrote = self._write(due - latency - every // 2)
        result = Example(self.asked.log_group, wrote)
        learned = due - self.settings["learn"] * 1000 - HOUR_MS
        self._store(self._look(learned // every * every))
        windows = self._look(due)
        result.window = next(window["detail"] for window in windows if window["detail"].get("errors"))
        (result.opened,) = self._store(windows) or [{}]
        if not result.opened:
            raise CannotDrill("an error in a log is no finding here; is its severity none?")
        fingerprint = result.window["errors"][0]["fingerprint"]
        result.error = self._call("GET", f"/v1/errors/{fingerprint}")
        result.report = self._report()
        self._call("POST", f"/v1/errors/{fingerprint}/resolve")
        result.closed = self._taken(self.asked.hub)[-1]
        return result

    def _write(self, at: int) -> str:
        place = self.insights.place(self.asked.account, self.asked.region)
        place.seconds = 0.0
        lines = [LINE.format(number=4711 + number, wait=3000 + 7 * number) for number in range(OCCURRENCES)]
        for number, line in enumerate(lines):
            place.write(self.asked.log_group, STREAM, at + number, line)
        return lines[0]

    def _look(self, at: int) -> list[dict[str, Any]]:
        """The agent's events of the window that is due at a time."""
        with _variables(
            AWS_ACCESS_KEY_ID=self.asked.account,
            AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=self.insights.url,
            AWS_REGION=self.asked.region,
            AWS_DEFAULT_REGION=self.asked.region,
            BUS_ARN=f"arn:{self.asked.partition}:events:{self.asked.hub_region}:{self.asked.hub}:event-bus/drill",
            **self._common(),
        ):
            self._invoke("error_logs", self.asked.account, [{"window": {"at": format_utc(at)}}])
        return self._taken(self.asked.account)

    def _store(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Findings that the event function makes of events."""
        with self._function("MonitoringEventsFunction"):
            self._invoke("events", self.asked.hub, events)
        return self._taken(self.asked.hub)

    def _call(self, method: str, path: str) -> Any:
        """The API's answer to a caller of the hub's account."""
        caller = {"accountId": self.asked.hub, "userArn": f"arn:aws:sts::{self.asked.hub}:assumed-role/operator/you"}
        event = {
            "httpMethod": method,
            "path": path,
            "headers": {},
            "requestContext": {"identity": caller, "requestId": "drill"},
        }
        with self._function("MonitoringApiFunction"):
            (answer,) = self._invoke("api", self.asked.hub, [event])
        if answer["statusCode"] >= 300:
            raise CannotDrill(f"the API answers {method} {path} with {answer['statusCode']}: {answer['body']}")
        return json.loads(answer["body"])

    def _report(self) -> str:
        """The daily report as the text of a mail; empty where the environment has no reports."""
        if not self.settings.get("reports"):
            return ""
        name = next(iter(self.settings["reports"]))
        sns, sqs = self._client("sns"), self._client("sqs")
        topic, box = sns.create_topic(Name="drill")["TopicArn"], sqs.create_queue(QueueName="drill-box")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=box, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        zone = self.settings["reports"][name]["time_zone"]
        only = {"reports": {name: {"channels": ["drill"], "time_zone": zone}}, "channels": {"drill": {"type": "email"}}}
        settings = json.dumps({**self.settings, **only, "sender": "", "slos": [], "compliance": False}).encode()
        package = {**self.asked.packages["reports"], SETTINGS: settings}
        with self._function("DailyReportFunction", TOPIC_ARN=topic, BUCKET_NAME=""):
            due = {"report": {"name": name, "at": format_utc(self.now)}}
            self._invoke("reports", self.asked.hub, [due], package)
        mail = json.loads(sqs.receive_message(QueueUrl=box)["Messages"][0]["Body"])
        return str(mail["Message"])

    @contextmanager
    def _function(self, title: str, **more: str) -> Iterator[None]:
        """The environment of a function of the hub's template."""
        variables = self.hub.function(title).get("Environment", {}).get("Variables", {})
        with _variables(**{name: str(value) for name, value in variables.items()} | self._common() | more):
            yield

    def _common(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_EVENTS": self.bus.url,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": self.bus.url,
        }

    def _invoke(self, folder: str, account: str, events: list[Any], package: Mapping[str, bytes] | None = None) -> Any:
        request = {"handler": f"handlers.{folder}.app.handler", "account": account, "events": events}
        return answer_of(RUNNER, package or self.asked.packages[folder], request, f"the function of {folder}")

    def _taken(self, account: str) -> list[dict[str, Any]]:
        return self.bus.taken(account, self.asked.hub_region, format_utc(self.now))


@contextmanager
def _variables(**variables: str) -> Iterator[None]:
    """Environment variables, for as long as it lasts."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
