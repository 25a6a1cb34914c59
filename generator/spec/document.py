"""The whole file as one model: `read` turns a loaded text into a Document and findings."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationError

from generator.findings import Finding, Path
from generator.spec.accounts import AccountSpec, Environments, HubSpec, OrganizationSpec, Unit
from generator.spec.agent import AgentSpec
from generator.spec.alarms import AlarmDefaults, AlarmSpec
from generator.spec.canaries import CanarySpec
from generator.spec.characters import refused_texts
from generator.spec.compliance import ComplianceSpec
from generator.spec.composites import CompositeDefaults, CompositeSpec, RuleError, parse_rule
from generator.spec.cost import CostSpec
from generator.spec.dashboards import Dashboards
from generator.spec.error_logs import ErrorLogsSection
from generator.spec.event_rules import EventRuleSpec
from generator.spec.events import EventsSection
from generator.spec.governance import AccessSpec, AuditSpec, WaiverSpec
from generator.spec.incidents import IncidentsSpec
from generator.spec.insights import InsightsSpec
from generator.spec.logs import EncryptionName, InsightSpec, LogGroupSpec, MetricFilterSpec
from generator.spec.maintenance import MaintenanceSpec
from generator.spec.moved import MOST_MOVES, MovedSpec
from generator.spec.network import NetworkSpec
from generator.spec.owners import OwnerSpec, RequiredName
from generator.spec.probes import ProbeSpec
from generator.spec.quantities import Seconds
from generator.spec.reports import ReportsSpec
from generator.spec.rollout import RolloutSpec
from generator.spec.routing import ChannelSpec, Routes
from generator.spec.sample import SampleWorkload
from generator.spec.scalars import Key, RegionName
from generator.spec.services import ServiceSpec
from generator.spec.slos import SloSpec
from generator.spec.strict import Strict, findings_of
from generator.spec.subscription_filters import SubscriptionFilterSpec
from generator.spec.tracing import TracingSpec
from generator.spec.variables import Variables

VERSION = 1


class LogGroupDefaults(Strict):
    """Defaults for every log group."""

    retention: Seconds | None = Field(default=None, description="how long log events are kept")
    encryption: EncryptionName | None = Field(default=None, description="aws-owned, or customer-key")


class Defaults(Strict):
    """The values of keys that an entry does not have."""

    alarms: AlarmDefaults = Field(default_factory=AlarmDefaults, description="for every alarm")
    composites: CompositeDefaults = Field(default_factory=CompositeDefaults, description="for every composite")
    log_groups: LogGroupDefaults = Field(default_factory=LogGroupDefaults, description="for every log group")


class Document(Strict):
    """The whole of observability.yaml."""

    version: Literal[1] = Field(description="the version of this language: 1")
    project: Key = Field(description="a short name of the system, such as payments")
    include: list[str] = Field(default_factory=list, description="more files of this document, such as alarms/*.yaml")
    vars: Variables = Field(default_factory=dict, description="values with names, for {var.name}")
    environments: Environments = Field(description="such as [dev, prod]; each is built into out/<environment>/")
    organization: OrganizationSpec = Field(description="the AWS organization: {id: o-…}")
    hub: HubSpec = Field(description='the hub: {account: "…", region: us-east-1}')
    accounts: dict[Key, AccountSpec] = Field(default_factory=dict, description="the members, by name")
    organizational_units: list[Unit] = Field(default_factory=list, description="units whose accounts are members")
    regions: list[RegionName] = Field(default_factory=list, description="the members' Regions; by default the hub's")
    tags: dict[str, str] = Field(default_factory=dict, description="tags of every resource")
    rollout: RolloutSpec = Field(default_factory=RolloutSpec, description="how a change reaches the members")
    waivers: list[WaiverSpec] = Field(default_factory=list, description="exceptions from house rules")
    moved: list[MovedSpec] = Field(
        default_factory=list, description="entries with a new key, and their old names", max_length=MOST_MOVES
    )
    defaults: Defaults = Field(default_factory=Defaults, description="values of keys that entries do not have")
    channels: dict[Key, ChannelSpec] = Field(default_factory=dict, description="where notifications go")
    routes: Routes = Field(default_factory=Routes, description="severity to channels, and rules for some alarms")
    owners: dict[Key, OwnerSpec] = Field(default_factory=dict, description="teams, their channels and runbooks")
    require: list[RequiredName] = Field(
        default_factory=list, description="what every critical alarm must have: owner, runbook"
    )
    incidents: IncidentsSpec = Field(default_factory=IncidentsSpec, description="how alarms become incidents")
    log_groups: dict[Key, LogGroupSpec] = Field(default_factory=dict, description="log groups, created or only read")
    metric_filters: dict[Key, MetricFilterSpec] = Field(default_factory=dict, description="metrics of log lines")
    subscription_filters: dict[Key, SubscriptionFilterSpec] = Field(
        default_factory=dict, description="log events that are sent on as they arrive"
    )
    services: dict[Key, ServiceSpec] = Field(
        default_factory=dict, description="resources of a known type, with its usual alarms"
    )
    alarms: dict[Key, AlarmSpec] = Field(default_factory=dict, description="CloudWatch alarms")
    composites: dict[Key, CompositeSpec] = Field(
        default_factory=dict, description="alarms on the states of other alarms"
    )
    canaries: dict[Key, CanarySpec] = Field(
        default_factory=dict, description="addresses that are requested on a schedule"
    )
    probes: dict[Key, ProbeSpec] = Field(
        default_factory=dict, description="addresses, ports, names and certificates that are checked every minute"
    )
    slos: dict[Key, SloSpec] = Field(default_factory=dict, description="objectives, with alarms on burn rates")
    event_rules: dict[Key, EventRuleSpec] = Field(
        default_factory=dict, description="AWS events that become incidents, such as a failover"
    )
    maintenance: dict[Key, MaintenanceSpec] = Field(default_factory=dict, description="when alarms are muted")
    dashboards: Dashboards = Field(default_factory=dict, description="CloudWatch dashboards")
    contributor_insights: dict[Key, InsightSpec] = Field(default_factory=dict, description="top contributors in logs")
    audit: AuditSpec = Field(default_factory=AuditSpec, description="records for auditors")
    access: AccessSpec = Field(
        default_factory=AccessSpec, description="who may read in members, and what members share"
    )
    network: NetworkSpec = Field(default_factory=NetworkSpec, description="VPC endpoints for monitoring services")
    agent: AgentSpec | None = Field(default=None, description="the CloudWatch agent on the members' instances")
    tracing: TracingSpec = Field(default_factory=TracingSpec, description="what X-Ray records in the members")
    compliance: ComplianceSpec | None = Field(default=None, description="tags that resources must have")
    error_logs: ErrorLogsSection | None = Field(default=None, description="errors in logs; true, or {every, groups, …}")
    events: EventsSection | None = Field(default=None, description="events that the hub keeps; true, or {keep, api, …}")
    reports: ReportsSpec | None = Field(
        default=None, description="reports at fixed times: {daily: {to: […]}, weekly: …}"
    )
    insights: InsightsSpec = Field(default_factory=InsightsSpec, description="Lambda Insights layers in members")
    cost: CostSpec = Field(default_factory=CostSpec, description="volumes that AWS bills by use, for `obsgen cost`")
    sample_workload: SampleWorkload = Field(
        default=False, description="a small shop as an example; true, or {in: [accounts]}"
    )

    @cached_property
    def labels(self) -> Mapping[str, Set[str]]:
        """The labels of all accounts, each with its values."""
        values: dict[str, set[str]] = {}
        for account in self.accounts.values():
            for label, value in account.labels.items():
                values.setdefault(label, set()).add(value)
        return values


def read(data: dict[str, Any]) -> tuple[Document | None, list[Finding]]:
    """The document of plain data, and findings (S01 to S05); no document where a finding is an error."""
    if data.get("version", VERSION) != VERSION:
        version = data["version"]
        if str(version).strip() == str(VERSION):
            message = f"expected the number {VERSION}, not text"
            return None, [Finding("S04", message, ("version",), hint=f"remove the quotes: `version: {VERSION}`")]
        message = f"unknown version {version} of the language; this obsgen reads version {VERSION}"
        hint = f"use `version: {VERSION}`, or install a newer obsgen"
        return None, [Finding("S04", message, ("version",), hint=hint)]
    findings: list[Finding] = []
    document: Document | None = None
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        findings = findings_of(error, Document, data)
    bare = [*_bare_placeholders(data), *refused_texts(data)]
    reported = {finding.path for finding in bare}
    return document, [*(f for f in findings if f.path not in reported), *_rules(data), *bare]


def _rules(data: dict[str, Any]) -> list[Finding]:
    """Composite rules that cannot be read; parsed here, so that their findings come with all others."""
    findings = []
    composites = data.get("composites")
    for key, entry in composites.items() if isinstance(composites, dict) else ():
        rule = entry.get("rule") if isinstance(entry, dict) else None
        parsed = parse_rule(rule) if isinstance(rule, str) and rule else None
        if isinstance(parsed, RuleError):
            caret = f"at character {parsed.position + 1} of the rule"
            path = ("composites", key, "rule")
            findings.append(Finding("S05", f"{parsed.message} ({caret})", path, hint=parsed.hint))
    return findings


def _bare_placeholders(data: dict[str, Any]) -> list[Finding]:
    """`{environment}` without quotes, which YAML reads as a mapping."""
    findings: list[Finding] = []

    def walk(value: object, path: Path) -> None:
        if isinstance(value, dict):
            (name,) = value if len(value) == 1 else ("",)
            is_placeholder = name in ("environment", "project") or str(name).startswith("var.")
            if is_placeholder and value[name] is None:
                findings.append(
                    Finding(
                        "S03", f"{{{name}}} without quotes is a mapping to YAML", path, hint=f'quote it: "{{{name}}}"'
                    )
                )
            for key, inner in value.items():
                walk(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, (*path, index))

    walk(data, ())
    return findings
