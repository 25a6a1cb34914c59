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
from generator.spec.scalars import Date, EnumScalar, RegexScalar, Seconds, SeverityName, Url
from generator.spec.strict import Strict
from generator.spec.tags import AnyTagKey, TagValues

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
MOST_IN_QUERY = 50
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MOST_QUERIES = 100
MOST_RULES = 50
_LOG_GROUP = r"[\w./#{}-]{1,512}"
Prefix = Annotated[str, RegexScalar(_LOG_GROUP, "the beginning of log groups' names", "/ecs/", 512)]
GroupName = Annotated[str, RegexScalar(_LOG_GROUP, "a log group's name", "/ecs/payments", 512)]
GroupGlob = Annotated[str, RegexScalar(r"[\w./#{}*?-]{1,512}", "a log group's name, * and ? allowed", "/ecs/*", 512)]
ServiceGlob = Annotated[str, RegexScalar(r"[^\s]{1,255}", "the name of a service, * and ? allowed", "payment-*", 255)]
PathGlob = Annotated[str, RegexScalar(r"[^\s]{1,255}", "a path in source code, * and ? allowed", "ledger/*", 255)]
KindName = Annotated[str, EnumScalar("a kind of data that is taken out of lines", *ALWAYS, *OPTIONAL)]
RuleName = Annotated[str, RegexScalar(r"\S(?:.{0,98}\S)?", "a name of at most 100 characters", "ledger time-out", 100)]
PatternName = Annotated[
    str, RegexScalar(r"[a-z0-9]+(?:[ -][a-z0-9]+)*", "a name in lower case, such as customer", "customer", 40)
]


class GroupsSpec(Strict):
    """Which log groups are queried, of those that an account has."""

    elsewhere: ClassVar[Mapping[str, str]] = {"include": "`prefixes` or `names`", "duration": "`every` of error_logs"}

    prefixes: list[Prefix] = Field(default_factory=list, description="those whose names begin so, such as [/ecs/]")
    names: list[GroupName] = Field(
        default_factory=list, description="names, or keys of `log_groups`, such as [application]"
    )
    exclude: list[GroupGlob] = Field(default_factory=list, description="names that are left out; * and ? allowed")
    tags: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="those that have these tags, such as {team: [payments]}; [] for any value"
    )
    functions: bool = Field(default=True, description="those of Lambda functions")
    services: bool = Field(default=True, description="those of ECS services")
    chunk: int = Field(default=10, description="log groups in one query", ge=1, le=MOST_IN_QUERY)


class OwnPatternSpec(Strict):
    """Something of your own that is taken out of lines."""

    elsewhere: ClassVar[Mapping[str, str]] = {"match": "`pattern`"}

    name: PatternName = Field(description="shown in its place, as in [redacted: customer]")
    pattern: LinePattern = Field(description="what is taken out, such as C-[0-9]{8}")


def _redact_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | OwnPatternSpec) else "kind"


Redact = Annotated[
    Annotated[KindName, Tag("kind")] | Annotated[OwnPatternSpec, Tag("mapping")], Discriminator(_redact_form)
]


class SameSpec(Strict):
    """Lines that are one error, whatever else they say."""

    elsewhere: ClassVar[Mapping[str, str]] = {"pattern": "`match`"}

    name: RuleName = Field(description="what the error is called")
    match: LinePattern = Field(description="what its lines have in them, after redaction")


class IgnoreSpec(Strict):
    """Lines that are no errors."""

    elsewhere: ClassVar[Mapping[str, str]] = {"pattern": "`match`"}

    match: LinePattern = Field(description="what such lines have in them, after redaction")
    reason: ReasonText = Field(description="why; a reviewer reads it")
    log_group: GroupGlob | None = Field(default=None, description="only there; * and ? allowed")
    until: Date | None = Field(default=None, description="the last day, in UTC")


class ErrorOwnerSpec(Strict):
    """Who answers for errors of some place; the last entry that matches wins."""

    log_group: GroupGlob | None = Field(default=None, description="* and ? allowed")
    service: ServiceGlob | None = Field(default=None, description="name of a function or ECS service; * and ? allowed")
    path: PathGlob | None = Field(
        default=None, description="of the source file that an error names; * and ? allowed, such as ledger/*"
    )
    owner: str = Field(description="the team that answers", min_length=1, max_length=100)
    runbook: Url | None = Field(default=None, description="where to read what to do")


class SpikeSpec(Strict):
    """When a known error is one again: far more of it than usual."""

    factor: int = Field(default=5, description="times its median of 24 hours", ge=2, le=1_000)
    floor: int = Field(default=50, description="and at least so many in one window", ge=1, le=1_000_000)


class KindSeverities(Strict):
    """How bad each kind is; none for what is only recorded."""

    log: SeverityName = Field(default="medium", description="of an error in a log")
    lambda_: SeverityName = Field(default="high", alias="lambda", description="of a Lambda function that failed")
    task: SeverityName = Field(default="medium", description="of a task of ECS that failed")
    health: SeverityName = Field(default="high", description="of a service that does not run")
    spike: SeverityName = Field(default="medium", description="of a known error that comes far more often than usual")
    agent: SeverityName = Field(default="high", description="of an account whose agent is silent or failed")


class ErrorLogsSpec(PlacedSpec):
    """Errors in the logs of the members, and failures of what runs there."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "duration": "a window is as long as the period: `every`",
        "interval": "`every`",
        "schedule": "`every`",
        "limit": "there is none: every line that matches is counted",
        "latency": "`delivery_latency`",
        "chunk": "`groups: {chunk: …}`",
        "prefixes": "`groups: {prefixes: […]}`",
        "log_groups": "`groups: {names: […]}`",
        "severity": "`severities: {log: medium, lambda: high}`",
        "keep": "`keep` of the section `events`",
        "to": "`routes` say who hears of a severity, `reports` who gets reports",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": "true, or {query, every, groups, …}",
        "groups": "{prefixes: [/ecs/]}",
        "spike": "{factor: 5, floor: 50}",
        "severities": "{log: medium, lambda: high}",
        "redact": "[phone-number, {name: customer, pattern: C-[0-9]{8}}]",
    }

    query: QueryText = Field(default=USUAL, description="which lines may be errors: fields, filter and parse")
    every: Seconds = Field(default=300, description="how often logs are read, and how long a window is")
    delivery_latency: Seconds = Field(default=15, description="how long a window waits for its lines")
    groups: GroupsSpec = Field(default_factory=GroupsSpec, description="which log groups are queried")
    concurrent_queries: int = Field(
        default=4, description="at once, of the 100 that an account and Region has", ge=1, le=MOST_QUERIES
    )
    redact: list[Redact] = Field(
        default_factory=list, description="kinds that are taken out besides the usual ones, and patterns of your own"
    )
    same: list[SameSpec] = Field(
        default_factory=list, description="lines that are one error, whatever else they say", max_length=MOST_RULES
    )
    ignore: list[IgnoreSpec] = Field(
        default_factory=list, description="lines that are no errors, and why", max_length=MOST_RULES
    )
    owners: list[ErrorOwnerSpec] = Field(
        default_factory=list, description="who answers for what; the last that matches wins", max_length=MOST_RULES
    )
    tasks: bool = Field(default=True, description="also failed tasks of ECS")
    deployments: bool = Field(default=True, description="remember deployments, to say what is new since")
    health: bool = Field(default=True, description="also services of ECS and functions that do not run")
    learn: Seconds = Field(default=86_400, description="how long a new account's errors are recorded in silence")
    quiet_after: Seconds = Field(default=7 * 86_400, description="an error that was not seen for so long is resolved")
    spike: SpikeSpec = Field(default_factory=SpikeSpec, description="when a known error is one again")
    most_new: int = Field(default=10, description="new errors of one window that are notified one by one", ge=1, le=100)
    severities: KindSeverities = Field(default_factory=KindSeverities, description="how bad each kind is")
    owner: str | None = Field(default=None, description="the team that answers where no entry of `owners` matches")
    runbook: Url | None = Field(default=None, description="where to read what to do")
    environments: list[str] = Field(default_factory=list, description="where logs are read; everywhere unless given")


def _section_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | ErrorLogsSpec) else "switch"


ErrorLogsSection = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[ErrorLogsSpec, Tag("mapping")], Discriminator(_section_form)
]
