"""The section `compliance`: the tags that resources must carry, the time of the checks, and the channels to notify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.compliance import COPY_SOURCES, LAUNCHERS, CopySource, Notification, RemediationMode
from generator.spec.alarms import OverrideSpec, TuningSpec
from generator.spec.bounded_pattern import PatternText
from generator.spec.maintenance import Timezone
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Seconds, WarmUpText
from generator.spec.scalars import Action, Date, EnumScalar, RegexScalar, Scalar, SeverityName, Url, show, wrong
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
    message = f"expected a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters, got {show(value)}"
    raise wrong(message, "write a reason such as: built and deleted within an hour")


ReasonText = Annotated[str, Scalar(_reason, type="string", minLength=SHORTEST_REASON, maxLength=LONGEST_REASON)]
_PLACES = "account: name, environment: name, unit: ID, or label: value; all must match"


class TagOverrideSpec(Strict):
    """The settings of a tag in some accounts or environments."""

    where: Where = Field(description=_PLACES, min_length=1)
    enabled: bool | None = Field(default=None, description="false: the tag is not required")
    allowed: list[TagValue] | None = Field(default=None, description="allowed values; [] for any value")
    pattern: PatternText | None = Field(
        default=None, description="regular expression for the whole value; .+ for any value"
    )
    any_of: list[TagKey] | None = Field(default=None, description="alternative keys; one of them is sufficient")
    ignore_case: bool | None = Field(default=None, description="whether the case of the key is ignored")


class TagRuleSpec(Strict):
    """One required tag; anything but a blank value is right, unless more is said."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "values": "`allowed`",
        "regex": "`pattern`",
        "required": "every tag listed here is required: set `enabled: false` if only overrides require it",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": '{} for any value, {allowed: [dev, prod]} or {pattern: "[a-z]+"}',
    }

    allowed: list[TagValue] = Field(default_factory=list, description="allowed values, such as [dev, staging, prod]")
    pattern: PatternText | None = Field(
        default=None, description="regular expression for the whole value, such as [a-z][a-z0-9-]+"
    )
    any_of: list[TagKey] = Field(default_factory=list, description="alternative keys; one of them is sufficient")
    when: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="required only if the resource has these tags, such as {Environment: prod}"
    )
    ignore_case: bool = Field(default=False, description="ignore the case of the key")
    enabled: bool = Field(default=True, description="false: required only by overrides")
    overrides: list[TagOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )


class ExemptionSpec(Strict):
    """Resources that are not checked: those for which all of what is given holds."""

    reason: ReasonText = Field(description="the reason; part of every record")
    until: Date | None = Field(default=None, description="last day of validity, in UTC")
    where: Where | None = Field(default=None, description=_PLACES, min_length=1)
    tags: dict[AnyTagKey, TagValues] = Field(
        default_factory=dict, description="tags of the exempt resources, such as {Temporary: [yes]}; [] for any value"
    )
    ids: list[ResourceId] = Field(default_factory=list, description="IDs or ARNs")
    auto_scaling_groups: list[GroupName] = Field(
        default_factory=list, description="names of their Auto Scaling groups; * and ? allowed"
    )
    launched_by: list[LauncherName] = Field(
        default_factory=list, description="services that launched them: auto-scaling, eks, emr or spot"
    )


class OnChangeSpec(Strict):
    """The instances that are checked as soon as they change, and how long their tags may be missing."""

    states: list[StateName] = Field(
        default_factory=lambda: ["running"], description="instance states that trigger a check", min_length=1
    )
    wait: Seconds = Field(default=120, description="time to wait for tags after a launch, at most 15m")
    slow_wait: Seconds = Field(
        default=600, description="time to wait for instances launched by auto-scaling, EKS, EMR or spot, at most 15m"
    )


class ScanSpec(Strict):
    """A time of the day, in a time zone."""

    at: TimeText = Field(description='time of a daily scan such as "06:00", or cron(0 6 ? * MON *)')
    timezone: Timezone = Field(default="UTC", description="time zone, such as Europe/Berlin")


class NotifySpec(Strict):
    """The form of notifications: one by one, in one summary for each account and Region, or none."""

    changes: NotificationName = Field(
        default="each", description="notifications of violations found by a change: each, summary or none"
    )
    scans: NotificationName = Field(
        default="each", description="notifications of new violations found by a scan: each, summary or none"
    )
    summary_above: int | None = Field(
        default=None,
        description="number of new violations in a scan that are notified one by one; more become a summary",
        ge=0,
        le=100,
    )
    launcher: bool = Field(
        default=True, description="whether the incident of an instance names who launched it, some minutes later"
    )


class ComplianceAlarmSpec(TuningSpec):
    """The alarm `high-non-compliance`: too many resources without their tags."""

    summary: str | None = Field(default=None, description="one-line description for the person on call", max_length=400)
    owner: str | None = Field(default=None, description="the responsible team")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    warm_up: WarmUpText | None = Field(
        default=None, description="time until the actions of a new alarm are enabled; or none"
    )
    tags: dict[str, str] = Field(
        default_factory=dict, description="tags of the alarm, in addition to those of the file"
    )
    actions: list[Action] = Field(
        default_factory=list, description="ARNs that CloudWatch invokes directly, or opsitem", max_length=5
    )
    overrides: list[OverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )


class RecordsSpec(Strict):
    """The records that are kept of each check."""

    forms: ClassVar[Mapping[str, str]] = {"": "{retain: 90d}"}

    retain: Seconds = Field(default=30 * 86_400, description="retention in whole days")


class DefaultTagSpec(Strict):
    """The value that a missing tag gets."""

    copy_from: list[CopySourceName] = Field(
        default_factory=list,
        description="sources of the value, in this order: auto-scaling-group, launch-template, vpc, account-label",
    )
    value: TagValue | None = Field(default=None, description="value if no source has the tag")


def _value_form(value: object) -> str:
    return "mapping" if isinstance(value, dict | DefaultTagSpec) else "text"


DefaultTags = dict[
    TagKey,
    Annotated[Annotated[TagValue, Tag("text")] | Annotated[DefaultTagSpec, Tag("mapping")], Discriminator(_value_form)],
]


class RemediationSpec(Strict):
    """Tags that are set where they are missing."""

    mode: ModeName = Field(default="dry-run", description="dry-run: report the tags only; apply: set them")
    tags: DefaultTags = Field(description="key to value, or to {copy_from: […], value: …}", min_length=1)


def _remedy_form(value: object) -> str:
    whole = isinstance(value, RemediationSpec) or (isinstance(value, dict) and bool(value.keys() & {"mode", "tags"}))
    return "whole" if whole else "tags"


Remediate = Annotated[
    Annotated[RemediationSpec, Tag("whole")] | Annotated[DefaultTags, Tag("tags")], Discriminator(_remedy_form)
]


class ComplianceOverrideSpec(Strict):
    """The settings of tag compliance in some accounts or environments."""

    where: Where = Field(description=_PLACES, min_length=1)
    enabled: bool | None = Field(default=None, description="override by environment: false: no checks")
    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")


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
        "threshold": "`threshold` belongs to the alarm: write `alarm: {threshold: …}`",
        "retain": "`retain` belongs to the records: write `records: {retain: 30d}`",
        "schedule": "write `scan: rate(1 day)`",
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
        description="required tags by key, with their allowed values",
        min_length=1,
        max_length=MOST_TAGS,
    )
    exempt: list[ExemptionSpec] = Field(
        default_factory=list, description="resources that are not checked, with a reason"
    )
    resources: list[ResourceType] = Field(
        default_factory=lambda: ["ec2:instance"], description="resource types that are checked", min_length=1
    )
    on_change: OnChange = Field(
        default=True, description="check instances when they change: true, false or {states, wait, slow_wait}"
    )
    scan: ScanTime = Field(
        default="rate(1 day)",
        description="when all resources are checked: rate(1 day), cron(…), {at, timezone} or none",
    )
    notify: NotifySpec = Field(
        default_factory=NotifySpec, description="how violations are notified: each, summary or none"
    )
    severity: SeverityName = Field(default="low", description="severity of violations; selects the notified channels")
    owner: str | None = Field(default=None, description="the team responsible for tags")
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    overrides: list[ComplianceOverrideSpec] = Field(
        default_factory=list, description="overrides by account, label, unit, Region or environment"
    )
    alarm: ComplianceAlarmSpec = Field(
        default_factory=ComplianceAlarmSpec,
        description="alarm on many violations at once (default: `> 5` in 5 minutes)",
    )
    records: RecordsSpec = Field(default_factory=RecordsSpec, description="records of each check")
    remediate: Remediate = Field(
        default_factory=dict, description="tags to set if they are missing: {Owner: unassigned}, or {mode, tags}"
    )
    dashboard: bool = Field(default=True, description="create the dashboard tag-compliance-<environment>")
