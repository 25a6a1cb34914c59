"""The entries of a test as typed values: what is given, and what is expected."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.evaluate.types import State
from generator.scenarios.count import CountText, ExpectedCount, ValueText
from generator.scenarios.scalars import Moment, Names, SeriesText, WindowText
from generator.spec.event_rules import JsonMapping
from generator.spec.quantities import Seconds
from generator.spec.scalars import RegionName, SeverityName
from generator.spec.strict import Strict

COUNTS = ("incidents", "pages", "tickets", "messages")
MOST_LINES = 100_000
Contributor = dict[str, str]


class MetricText(Strict):
    """A metric, as CloudWatch names it."""

    namespace: str = Field(description="such as AWS/Lambda")
    name: str = Field(description="such as Errors")
    dimensions: dict[str, str] = Field(default_factory=dict, description="such as {FunctionName: x}")
    unit: str | None = Field(default=None, description="the one that the alarm asks for unless given")


class LinesText(Strict):
    """The same line once, or several times."""

    at: Moment = Field(description="when it is written, such as 2m")
    text: str = Field(description="the log line")
    times: int = Field(default=1, ge=1, le=MOST_LINES, description="how often")
    every: Seconds | None = Field(default=None, description="how long after each other; all at once unless given")


class Given(Strict):
    """A metric's series and quota, lines in a log group, an event, a query's result, an alarm's first state, or a new
    alarm.
    """

    account: Names | None = Field(default=None, description="an account's name, `hub`, or a list; all members")
    region: RegionName | None = Field(default=None, description="every Region that is watched unless given")
    metric: MetricText | None = Field(default=None, description="the metric that is published")
    series: SeriesText | None = Field(default=None, description='its values, such as "0x5 10+10x3 _"')
    quota: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="the service quota of the metric, for SERVICE_QUOTA"
    )
    log_group: str | None = Field(default=None, description="key or name of the log group")
    lines: list[LinesText] | None = Field(default=None, min_length=1, description="what is written into it")
    event: JsonMapping | None = Field(default=None, description="an event of AWS: source, detail-type, detail")
    at: Moment | None = Field(default=None, description="(event) when it happens, such as 2m")
    alarm: str | None = Field(default=None, description="key or name of the alarm")
    state: State | None = Field(default=None, description="the state that it is in from the start")
    contributor: Contributor | None = Field(
        default=None, description="(alarm on PromQL, with `series`) labels of the series that its query finds"
    )
    created: Moment | None = Field(
        default=None, description="or when it is made; without `alarm`, when all of them are, such as 0m"
    )


class IncidentText(Strict):
    """The expected incident of an alarm, or of an event rule."""

    alarm: str | None = Field(default=None, description="key or name of the alarm")
    contributor: Contributor | None = Field(default=None, description="labels of the alarm's contributor")
    event: str | None = Field(default=None, description="or key of the event rule, such as databases-failover")
    subject: str | None = Field(
        default=None, description="(event) what it is about, with * for any text; every subject unless given"
    )
    account: Names | None = Field(default=None, description="account of the alarm, or the account that it is about")
    region: RegionName | None = Field(
        default=None, description="Region of the alarm (default: every Region it is deployed in)"
    )
    is_: Literal["opened", "commented", "resolved", "none"] = Field(
        alias="is", description="opened, commented, resolved or none"
    )
    channels: list[str] | None = Field(default=None, description="exactly the channels that were notified")
    priority: str | None = Field(default=None, description="of the Jira issue")
    severity: SeverityName | None = Field(default=None, description="critical, high, medium or low")
    text: str | None = Field(default=None, description="text that a channel received, with * for any text")


class Expect(Strict):
    """What is expected at a time, or throughout a window."""

    at: WindowText | None = Field(
        default=None, description="when, such as 5m or 2m to 10m; for numbers, the whole test unless given"
    )
    alarm: str | None = Field(default=None, description="key or name of the alarm or composite")
    account: Names | None = Field(default=None, description="account of the alarm, or the account that it is about")
    region: RegionName | None = Field(
        default=None, description="Region of the alarm (default: every Region it is deployed in)"
    )
    contributor: Contributor | None = Field(
        default=None, description="labels of the contributor, such as {FunctionName: checkout}; the alarm unless given"
    )
    state: State | None = Field(default=None, description="OK, ALARM or INSUFFICIENT_DATA")
    value: ValueText | None = Field(
        default=None, description='the value that it compares, such as 2.5, "> 5" or no data'
    )
    reason: str | None = Field(default=None, description="the reason of the state, with * for any text")
    actions: Literal["executed", "held"] | None = Field(
        default=None,
        description="whether the actions of that state are executed, or held by suppressor or mute",
    )
    incident: IncidentText | None = Field(default=None, description="the expected incident")
    incidents: CountText | None = Field(default=None, description='number of opened incidents, such as 1 or "<= 4"')
    pages: CountText | None = Field(default=None, description="number of pages")
    tickets: CountText | None = Field(
        default=None, description="number of created Jira issues, ServiceNow records and OpsItems"
    )
    messages: CountText | None = Field(default=None, description="number of messages to chats, by mail and to webhooks")

    @property
    def counts(self) -> dict[str, ExpectedCount]:
        """The numbers that are expected, by what is counted."""
        return {name: count for name in COUNTS if (count := getattr(self, name)) is not None}
