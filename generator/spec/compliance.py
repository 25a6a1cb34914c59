"""The section `compliance`: which tags resources have to carry, when that is checked, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.compliance import COPY_SOURCES, LAUNCHERS, CopySource, Notification, RemediationMode
from generator.spec.alarms import OverrideSpec, TuningSpec
from generator.spec.bounded_pattern import PatternText
from generator.spec.maintenance import Timezone
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import (
    Action,
    Date,
    EnumScalar,
    RegexScalar,
    Scalar,
    Seconds,
    SeverityName,
    Url,
    WarmUpText,
    show,
    wrong,
)
from generator.spec.schedules import schedule, time_or_cron
from generator.spec.strict import Strict
from generator.spec.tags import MOST_TAGS, AnyTagKey, ResourceType, TagKey, TagValue, TagValues

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
STATES = ("pending", "running", "stopping", "stopped")
Where = dict[str, str | list[str]]
StateName = Annotated[str, EnumScalar("a state in which an instance can be checked", *STATES)]
LauncherName = Annotated[str, EnumScalar("something that launches instances", *LAUNCHERS)]
CopySourceName = Annotated[CopySource, EnumScalar("something to copy a tag from", *COPY_SOURCES)]
NotificationName = Annotated[Notification, EnumScalar("a way to notify", "each", "summary", "none")]
ModeName = Annotated[RemediationMode, EnumScalar("a mode", "dry-run", "apply")]
ScheduleText = Annotated[
    str, Scalar(schedule, type="string", pattern=r"^\s*(rate|cron)\(", examples=["rate(1 day)", "cron(0 6 * * ? *)"])
]
TimeText = Annotated[str, Scalar(time_or_cron, type="string", examples=["06:00", "cron(0 6 ? * MON *)"])]
ResourceId = Annotated[str, RegexScalar(r"[^\s*?]{1,1011}", "the id or the ARN of a resource", "i-0123456789abcdef0")]
GroupName = Annotated[str, RegexScalar(r"[^:]{1,255}", "the name of an auto-scaling group, * and ? allowed", "batch-*")]
SHORTEST_REASON, LONGEST_REASON = 10, 200


def _reason(value: object) -> str:
    """A reason, one space between its words."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    if SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        return words
    message = f"a reason is {SHORTEST_REASON} to {LONGEST_REASON} characters of text, not {show(value)}"
    raise wrong(message, "such as: built and gone within an hour")


ReasonText = Annotated[str, Scalar(_reason, type="string", minLength=SHORTEST_REASON, maxLength=LONGEST_REASON)]
_PLACES = "account: name, environment: name, unit: id, or a label: value; all have to hold"


class TagOverrideSpec(Strict):
    """What differs in some accounts or environments."""

    where: Where = Field(description=_PLACES, min_length=1)
    enabled: bool | None = Field(default=None, description="false where the tag is not required")
    allowed: list[TagValue] | None = Field(default=None, description="the only values; [] for any")
    pattern: PatternText | None = Field(default=None, description="what the whole value matches; .+ for anything")
    any_of: list[TagKey] | None = Field(default=None, description="further keys, one of which is enough")
    ignore_case: bool | None = Field(default=None, description="whether a key in another case counts")


class TagRuleSpec(Strict):
    """One required tag; anything but a blank value is right, unless more is said."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "values": "`allowed`",
        "regex": "`pattern`",
        "required": "every tag here is required; `enabled: false` where only overrides require it",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": '{} for any value, {allowed: [dev, prod]} or {pattern: "[a-z]+"}',
    }

    allowed: list[TagValue] = Field(default_factory=list, description="the only values, such as [dev, staging, prod]")
    pattern: PatternText | None = Field(
        default=None, description="what the whole value matches, such as [a-z][a-z0-9-]+"
    )
    any_of: list[TagKey] = Field(default_factory=list, description="further keys, one of which is enough")
    when: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="only of resources with these tags, such as {Environment: prod}"
    )
    ignore_case: bool = Field(default=False, description="a key that differs in upper and lower case counts, too")
    enabled: bool = Field(default=True, description="false where only overrides ask for it")
    overrides: list[TagOverrideSpec] = Field(default_factory=list, description="what differs from place to place")


class ExemptionSpec(Strict):
    """Resources that are not checked: those for which all of what is given holds."""

    reason: ReasonText = Field(description="why; a reviewer reads it, and every record has it")
    until: Date | None = Field(default=None, description="the last day, in UTC")
    where: Where | None = Field(default=None, description=_PLACES, min_length=1)
    tags: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="tags that they have, such as {Temporary: [yes]}; [] for any value"
    )
    ids: list[ResourceId] = Field(default_factory=list, description="ids or ARNs")
    auto_scaling_groups: list[GroupName] = Field(
        default_factory=list, description="names of the groups that they are in; * and ? allowed"
    )
    launched_by: list[LauncherName] = Field(
        default_factory=list, description="what launched them: auto-scaling, eks, emr or spot"
    )


class OnChangeSpec(Strict):
    """Which instances are checked as soon as they change, and how long their tags may take."""

    states: list[StateName] = Field(
        default_factory=lambda: ["running"], description="states whose beginning is a change", min_length=1
    )
    wait: Seconds = Field(default=120, description="how long after a launch tags are waited for, 15m at most")
    slow_wait: Seconds = Field(
        default=600, description="the same for what auto-scaling, EKS, EMR or spot launch, 15m at most"
    )


class ScanSpec(Strict):
    """A time of the day, in a time zone."""

    at: TimeText = Field(description='such as "06:00" each day, or cron(0 6 ? * MON *)')
    timezone: Timezone = Field(default="UTC", description="such as Europe/Berlin")


class NotifySpec(Strict):
    """How people hear of what is wrong: one by one, in one summary for each account and Region, or not at all."""

    changes: NotificationName = Field(default="each", description="of what a change shows: each, summary or none")
    scans: NotificationName = Field(default="each", description="of what is new in a scan: each, summary or none")
    summary_above: int | None = Field(
        default=None,
        description="so many new ones in one scan are notified one by one, more in a summary",
        ge=0,
        le=100,
    )
    launcher: bool = Field(
        default=True, description="whether an instance's incident says, some minutes later, who launched it"
    )


class ComplianceAlarmSpec(TuningSpec):
    """The alarm `high-non-compliance`: too many resources without their tags."""

    summary: str | None = Field(default=None, description="one line that a person reads at night", max_length=400)
    owner: str | None = Field(default=None, description="the team that answers")
    runbook: Url | None = Field(default=None, description="where to read what to do")
    warm_up: WarmUpText | None = Field(default=None, description="how long a new alarm waits for data; or none")
    tags: dict[str, str] = Field(default_factory=dict, description="put on the alarm, beside those on everything")
    actions: list[Action] = Field(
        default_factory=list, description="ARNs that CloudWatch calls itself, or opsitem", max_length=5
    )
    overrides: list[OverrideSpec] = Field(default_factory=list, description="what differs from place to place")


class RecordsSpec(Strict):
    """What is kept of each check."""

    forms: ClassVar[Mapping[str, str]] = {"": "{retain: 90d}"}

    retain: Seconds = Field(default=30 * 86_400, description="how long, in whole days")


class DefaultTagSpec(Strict):
    """The value that a missing tag gets."""

    copy_from: list[CopySourceName] = Field(
        default_factory=list,
        description="the first that has it: auto-scaling-group, launch-template, vpc, account-label",
    )
    value: TagValue | None = Field(default=None, description="where none of them has it")


def _value_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | DefaultTagSpec) else "text"


DefaultTags = dict[
    TagKey,
    Annotated[Annotated[TagValue, Tag("text")] | Annotated[DefaultTagSpec, Tag("mapping")], Discriminator(_value_form)],
]


class RemediationSpec(Strict):
    """Tags that are set where they are missing."""

    mode: ModeName = Field(default="dry-run", description="dry-run only says what it would set; apply sets it")
    tags: DefaultTags = Field(description="key to value, or to {copy_from: […], value: …}", min_length=1)


def _remedy_form(value: object) -> str:
    whole = isinstance(value, RemediationSpec) or (isinstance(value, dict) and bool(value.keys() & {"mode", "tags"}))
    return "whole" if whole else "tags"


Remediate = Annotated[
    Annotated[RemediationSpec, Tag("whole")] | Annotated[DefaultTags, Tag("tags")], Discriminator(_remedy_form)
]


class ComplianceOverrideSpec(Strict):
    """What differs in some accounts or environments."""

    where: Where = Field(description=_PLACES, min_length=1)
    enabled: bool | None = Field(default=None, description="by environment: false where nothing is checked")
    severity: SeverityName | None = Field(default=None, description="decides who hears about it")


def _change_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | OnChangeSpec) else "switch"


def _scan_form(value: object) -> str:
    if isinstance(value, dict | ScanSpec):
        return "mapping"
    return "none" if value is False or value == "none" else "text"


OnChange = Annotated[
    Annotated[bool, Tag("switch")] | Annotated[OnChangeSpec, Tag("mapping")], Discriminator(_change_form)
]
ScanTime = Annotated[
    Annotated[Literal[False, "none"], Tag("none")]
    | Annotated[ScheduleText, Tag("text")]
    | Annotated[ScanSpec, Tag("mapping")],
    Discriminator(_scan_form),
]


def _usual_tags() -> dict[str, TagRuleSpec | None]:
    return {"Environment": TagRuleSpec(allowed=["dev", "staging", "prod"]), "Owner": None, "Application": None}


class ComplianceSpec(PlacedSpec):
    """Tags that resources of the members have to carry."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "threshold": "it is the alarm's: `alarm: {threshold: …}`",
        "retain": "it is the records': `records: {retain: 30d}`",
        "schedule": "`scan: rate(1 day)`",
        "tags": "`required_tags`",
        "exemptions": "`exempt`",
        "remediation": "`remediate`",
    }

    forms: ClassVar[Mapping[str, str]] = {
        "required_tags": "keys and rules, such as {Owner: {}, Environment: {allowed: [dev, prod]}}",
        "notify": "{changes: each, scans: summary}",
        "alarm": '{threshold: "> 5"}',
    }

    required_tags: dict[TagKey, TagRuleSpec | None] = Field(
        default_factory=_usual_tags,
        description="keys, and what their values may be",
        min_length=1,
        max_length=MOST_TAGS,
    )
    exempt: list[ExemptionSpec] = Field(default_factory=list, description="what is not checked, and why")
    resources: list[ResourceType] = Field(
        default_factory=lambda: ["ec2:instance"], description="types that are checked", min_length=1
    )
    on_change: OnChange = Field(
        default=True, description="check instances that change; true, false or {states, wait, slow_wait}"
    )
    scan: ScanTime = Field(
        default="rate(1 day)", description="when all are checked: rate(1 day), cron(…), {at, timezone} or none"
    )
    notify: NotifySpec = Field(default_factory=NotifySpec, description="one by one, in summaries, or not at all")
    severity: SeverityName = Field(default="low", description="of what is found; decides who hears about it")
    owner: str | None = Field(default=None, description="the team that answers for tags")
    runbook: Url | None = Field(default=None, description="where to read what to do")
    overrides: list[ComplianceOverrideSpec] = Field(
        default_factory=list, description="what differs from place to place"
    )
    alarm: ComplianceAlarmSpec = Field(
        default_factory=ComplianceAlarmSpec, description="too many resources at once, `> 5` in 5 minutes unless given"
    )
    records: RecordsSpec = Field(default_factory=RecordsSpec, description="what is kept of each check")
    remediate: Remediate = Field(
        default_factory=dict, description="tags set where they are missing: {Owner: unassigned}, or {mode, tags}"
    )
    dashboard: bool = Field(default=True, description="a dashboard tag-compliance-<environment>")
