"""The section `error_logs`: which log lines are errors, what becomes of each, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, Tag

from generator.model.redaction_kinds import ALWAYS, OPTIONAL
from generator.spec.compliance import ReasonText
from generator.spec.insights_lines import USUAL, QueryText
from generator.spec.line_pattern import LinePattern
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Seconds
from generator.spec.scalars import Date, EnumScalar, RegexScalar, SeverityName, Url
from generator.spec.strict import Strict
from generator.spec.tags import AnyTagKey, TagValues

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
MOST_IN_QUERY = 50
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MOST_QUERIES = 100
MOST_RULES = 50
_LOG_GROUP = r"[\w./#{}-]{1,512}"
Prefix = Annotated[str, RegexScalar(_LOG_GROUP, "a prefix of log group names", "/ecs/", 512)]
GroupName = Annotated[str, RegexScalar(_LOG_GROUP, "a log group's name", "/ecs/payments", 512)]
GroupGlob = Annotated[str, RegexScalar(r"[\w./#{}*?-]{1,512}", "a log group's name, * and ? allowed", "/ecs/*", 512)]
ServiceGlob = Annotated[str, RegexScalar(r"[^\s]{1,255}", "the name of a service, * and ? allowed", "payment-*", 255)]
PathGlob = Annotated[str, RegexScalar(r"[^\s]{1,255}", "a path in source code, * and ? allowed", "ledger/*", 255)]
KindName = Annotated[str, EnumScalar("a kind of data to redact", *ALWAYS, *OPTIONAL)]
RuleName = Annotated[str, RegexScalar(r"\S(?:.{0,98}\S)?", "a name of at most 100 characters", "ledger time-out", 100)]
PatternName = Annotated[
    str, RegexScalar(r"[a-z0-9]+(?:[ -][a-z0-9]+)*", "a name in lower case, such as customer", "customer", 40)
]


class GroupsSpec(Strict):
    """The log groups that are queried, of those that an account has."""

    elsewhere: ClassVar[Mapping[str, str]] = {"include": "`prefixes` or `names`", "duration": "`every` of error_logs"}

    prefixes: list[Prefix] = Field(
        default_factory=list, description="log groups with these name prefixes, such as [/ecs/]"
    )
    names: list[GroupName] = Field(
        default_factory=list, description="names of log groups, or keys of `log_groups`, such as [application]"
    )
    exclude: list[GroupGlob] = Field(default_factory=list, description="names of excluded log groups; * and ? allowed")
    tags: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="log groups with these tags, such as {team: [payments]}; [] for any value"
    )
    functions: bool = Field(default=True, description="log groups of Lambda functions")
    services: bool = Field(default=True, description="log groups of ECS services")
    chunk: int = Field(default=10, description="number of log groups in one query", ge=1, le=MOST_IN_QUERY)


class OwnPatternSpec(Strict):
    """A pattern of the user's that is removed from lines."""

    elsewhere: ClassVar[Mapping[str, str]] = {"match": "`pattern`"}

    name: PatternName = Field(description="name shown instead of the data, as in [redacted: customer]")
    pattern: LinePattern = Field(description="pattern of the data to redact, such as C-[0-9]{8}")


def _redact_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | OwnPatternSpec) else "kind"


Redact = Annotated[
    Annotated[KindName, Tag("kind")] | Annotated[OwnPatternSpec, Tag("mapping")], Discriminator(_redact_form)
]


class SameSpec(Strict):
    """Lines that are one error, whatever else they say."""

    elsewhere: ClassVar[Mapping[str, str]] = {"pattern": "`match`"}

    name: RuleName = Field(description="name of the error")
    match: LinePattern = Field(description="pattern that matches its lines after redaction")


class IgnoreSpec(Strict):
    """Lines that are no errors."""

    elsewhere: ClassVar[Mapping[str, str]] = {"pattern": "`match`"}

    match: LinePattern = Field(description="pattern that matches such lines after redaction")
    reason: ReasonText = Field(description="the reason, for reviewers")
    log_group: GroupGlob | None = Field(default=None, description="only in this log group; * and ? allowed")
    until: Date | None = Field(default=None, description="last day of validity, in UTC")


class ErrorOwnerSpec(Strict):
    """The owner of errors of some accounts or log groups; the last entry that matches wins."""

    log_group: GroupGlob | None = Field(default=None, description="name of the log group; * and ? allowed")
    service: ServiceGlob | None = Field(default=None, description="name of a function or ECS service; * and ? allowed")
    path: PathGlob | None = Field(
        default=None, description="path of the source file of the error; * and ? allowed, such as ledger/*"
    )
    owner: str = Field(description="the responsible team", min_length=1, max_length=100)
    runbook: Url | None = Field(default=None, description="URL of the runbook")


class SpikeSpec(Strict):
    """When a known error is one again: far more of it than usual."""

    factor: int = Field(default=5, description="multiple of the 24-hour median", ge=2, le=1_000)
    floor: int = Field(default=50, description="minimum count in one window", ge=1, le=1_000_000)


class KindSeverities(Strict):
    """The severity of each kind of error; none for a kind that is only recorded."""

    log: SeverityName = Field(default="medium", description="severity of an error in a log")
    lambda_: SeverityName = Field(default="high", alias="lambda", description="severity of a failed Lambda function")
    task: SeverityName = Field(default="medium", description="severity of a failed ECS task")
    health: SeverityName = Field(default="high", description="severity of a service that does not run")
    spike: SeverityName = Field(
        default="medium", description="severity of a known error that occurs far more often than usual"
    )
    agent: SeverityName = Field(default="high", description="severity of a silent or failed agent")


class ErrorLogsSpec(PlacedSpec):
    """Errors in the logs of the members, and failures of what runs there."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "duration": "use `every`: a window has this length",
        "interval": "`every`",
        "schedule": "`every`",
        "limit": "remove it: every matching line is counted",
        "latency": "`delivery_latency`",
        "chunk": "`groups: {chunk: …}`",
        "prefixes": "`groups: {prefixes: […]}`",
        "log_groups": "`groups: {names: […]}`",
        "severity": "`severities: {log: medium, lambda: high}`",
        "keep": "set `keep` in the section `events`",
        "to": "set channels in `routes`, and recipients of reports in `reports`",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": "true, or {query, every, groups, …}",
        "groups": "{prefixes: [/ecs/]}",
        "spike": "{factor: 5, floor: 50}",
        "severities": "{log: medium, lambda: high}",
        "redact": "[phone-number, {name: customer, pattern: C-[0-9]{8}}]",
    }

    query: QueryText = Field(default=USUAL, description="query that selects lines: fields, filter and parse")
    every: Seconds = Field(default=300, description="interval at which logs are read; also the length of a window")
    delivery_latency: Seconds = Field(default=15, description="delay before a window is read, for late lines")
    groups: GroupsSpec = Field(default_factory=GroupsSpec, description="log groups to query")
    concurrent_queries: int = Field(
        default=4,
        description="number of concurrent queries, of the quota of 100 in an account and Region",
        ge=1,
        le=MOST_QUERIES,
    )
    redact: list[Redact] = Field(
        default_factory=list, description="additional kinds of data to redact, and custom patterns"
    )
    same: list[SameSpec] = Field(
        default_factory=list, description="patterns of lines that form one error", max_length=MOST_RULES
    )
    ignore: list[IgnoreSpec] = Field(
        default_factory=list, description="lines that are no errors, with a reason", max_length=MOST_RULES
    )
    owners: list[ErrorOwnerSpec] = Field(
        default_factory=list, description="owners of errors; the last matching entry applies", max_length=MOST_RULES
    )
    tasks: bool = Field(default=True, description="include failed ECS tasks")
    deployments: bool = Field(default=True, description="record deployments, to show errors that are new since")
    health: bool = Field(default=True, description="include ECS services and functions that do not run")
    learn: Seconds = Field(
        default=86_400, description="how long errors of a new account are recorded without notifications"
    )
    quiet_after: Seconds = Field(
        default=7 * 86_400, description="time without an occurrence after which an error is resolved"
    )
    spike: SpikeSpec = Field(default_factory=SpikeSpec, description="when a known error is notified again")
    most_new: int = Field(
        default=10, description="number of new errors of one window that are notified one by one", ge=1, le=100
    )
    severities: KindSeverities = Field(default_factory=KindSeverities, description="severity of each kind")
    owner: str | None = Field(default=None, description="responsible team if no entry of `owners` matches")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    environments: list[str] = Field(
        default_factory=list, description="environments in which logs are read (default: all)"
    )


def _section_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | ErrorLogsSpec) else "switch"


ErrorLogsSection = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[ErrorLogsSpec, Tag("mapping")], Discriminator(_section_form)
]
