"""The Estate: one environment's alarms, resources and rules, with every decision made.

Blueprints, checks and renderers read it; nothing writes to it. Every tuple is sorted, so that the order of keys in
the YAML cannot change a byte of the output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.model.accounts import Account, Hub, Organization, Side
from generator.model.agent import Agent
from generator.model.alarms import Alarm, Composite
from generator.model.canaries import Canary
from generator.model.compliance import Compliance
from generator.model.cost import DeclaredVolumes
from generator.model.dashboards import Dashboard
from generator.model.error_logs import ErrorLogs, Events, Reports
from generator.model.event_rules import EventRule
from generator.model.governance import Audit, MonitoringRole, Sharing, Waiver
from generator.model.incidents import Incidents
from generator.model.insights import LambdaInsights
from generator.model.logs import Insight, LogGroup, MetricFilter
from generator.model.maintenance import Maintenance
from generator.model.network import Endpoints
from generator.model.objectives import Objective
from generator.model.probes import OF_HUB, RUNNER, Probe, ProbeRunner
from generator.model.rollout import Rollout
from generator.model.routing import ANYTHING, AlarmSeverity, AnyRoute, Channel, Route, RouteRule, RouteSubject, route_of
from generator.model.sample import SampleWorkload
from generator.model.subscription_filters import SubscriptionFilter
from generator.model.tracing import Tracing


@dataclass(frozen=True)  # without slots, so that it can keep what it was asked once
class Estate:
    """One environment, whole. A section without entries is None or empty.

    estate.json leaves a field that has a default out while it is empty, so that a new section changes no estate.

    excluded_accounts: those in units that are no members, by ID where they have no name.
    """

    project: str
    environment: str
    environments: tuple[str, ...]
    organization: Organization
    hub: Hub
    accounts: tuple[Account, ...]
    organizational_units: tuple[str, ...]
    regions: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    incidents: Incidents
    log_groups: tuple[LogGroup, ...]
    metric_filters: tuple[MetricFilter, ...]
    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...]
    canaries: tuple[Canary, ...]
    dashboards: tuple[Dashboard, ...]
    insights: tuple[Insight, ...]
    audit: Audit | None
    monitoring_role: MonitoringRole | None
    sharing: Sharing | None
    sample_workload: SampleWorkload | None
    waivers: tuple[Waiver, ...]
    rollout: Rollout
    tracing: Tracing
    endpoints: Endpoints | None
    agent: Agent | None
    lambda_insights: LambdaInsights | None
    maintenance: tuple[Maintenance, ...] = ()
    compliance: Compliance | None = None
    error_logs: ErrorLogs | None = None
    events: Events | None = None
    reports: Reports | None = None
    route_rules: tuple[RouteRule, ...] = ()
    required: tuple[str, ...] = ()
    excluded_accounts: tuple[Account, ...] = ()
    subscription_filters: tuple[SubscriptionFilter, ...] = ()
    probes: tuple[Probe, ...] = ()
    probe_runners: tuple[ProbeRunner, ...] = ()
    event_rules: tuple[EventRule, ...] = ()
    objectives: tuple[Objective, ...] = ()
    declared_volumes: DeclaredVolumes = ()

    @cached_property
    def account_names(self) -> tuple[str, ...]:
        """The names of the member accounts: each alarm asks for them, and there may be ten thousand."""
        return tuple(account.name for account in self.accounts)

    @property
    def log_filters(self) -> tuple[MetricFilter | SubscriptionFilter, ...]:
        """Everything with a filter pattern on a log group."""
        return (*self.metric_filters, *self.subscription_filters)

    @property
    def linked_accounts(self) -> tuple[Account, ...]:
        """The accounts whose metrics and logs the hub's alarms may read: those that link in the hub's Region."""
        return self.linked_in(self.hub.region)

    def linked_in(self, region: str) -> tuple[Account, ...]:
        """The accounts whose metrics and logs the hub's account may read in a Region: links do not cross Regions.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
        """
        if not self.has_sink_in(region):
            return ()
        return tuple(account for account in self.accounts if account.is_in(region))

    def has_sink_in(self, region: str) -> bool:
        """True if members of a Region link there to a sink of the hub's account, where they share anything at all."""
        return region == self.hub.region or (self.sharing is not None and region in self.sharing.other_regions)

    @property
    def member_probe_runners(self) -> tuple[ProbeRunner, ...]:
        """The runners of member accounts."""
        return tuple(runner for runner in self.probe_runners if runner.account != OF_HUB)

    @property
    def hub_probe_runner(self) -> ProbeRunner | None:
        """The runner of the hub's account, where it has probes."""
        return next((runner for runner in self.probe_runners if runner.account == OF_HUB), None)

    @property
    def is_linked_everywhere(self) -> bool:
        """True if members of every Region link to a sink there, where they share anything at all."""
        return all(self.has_sink_in(region) for region in self.regions)

    @property
    def management_account(self) -> Account | None:
        """The member that no stack set reaches, where the file has it."""
        return next((account for account in self.accounts if account.management), None)

    def alarms_in(self, side: Side) -> Iterator[Alarm]:
        """The alarms of one side that at least one account has."""
        return (a for a in self.alarms if a.side is side and not a.everywhere_disabled)

    def composites_in(self, side: Side) -> Iterator[Composite]:
        """The composites of one side."""
        return (c for c in self.composites if c.side is side)

    def route_of(self, severity: AlarmSeverity, subject: RouteSubject) -> AnyRoute | None:
        """The rule or route that chooses the channels; None where none applies."""
        return route_of(severity, subject, self.routes, self.route_rules)

    def all_routes(self) -> Iterator[AnyRoute]:
        """The routes of severities, and the rules."""
        yield from self.routes
        yield from self.route_rules

    def channels_for(self, severity: AlarmSeverity, subject: RouteSubject = ANYTHING) -> tuple[Channel, ...]:
        """The channels for a subject of this severity; none for the severity `none`."""
        route = self.route_of(severity, subject)
        return self.channels_named(route.channels if route else ())

    def channels_named(self, names: Iterable[str]) -> tuple[Channel, ...]:
        """The channels of these names, in their order."""
        by_name = {channel.name: channel for channel in self.channels}
        return tuple(by_name[name] for name in names if name in by_name)

    def shares(self, resource_type: str) -> bool:
        """True if members share that AWS resource type with the hub, such as `AWS::Logs::LogGroup`."""
        return self.sharing is not None and resource_type in self.sharing.resource_types

    def shares_metrics_of(self, namespace: str) -> bool:
        """True if members share the metrics of a namespace with the hub."""
        return self.sharing is not None and self.sharing.shares_metrics_of(namespace)

    def shares_log_group(self, name: str) -> bool:
        """True if members share the log group of that name with the hub."""
        return self.sharing is not None and self.sharing.shares_log_group(name)

    def may_read(self, group: LogGroup) -> bool:
        """True if the hub can read the lines of a log group: its own, or what members share."""
        return group.side is Side.HUB or self.shares_log_group(group.name)

    def quotes_probe_lines(self, *, of_hub: bool) -> bool:
        """True if incidents quote the lines of failed probes: of the hub's runner, or of members that share its log."""
        return self.incidents.quotes_logs and (of_hub or self.shares_log_group(f"/aws/lambda/{self.name(RUNNER)}"))

    def log_group(self, key: str) -> LogGroup | None:
        """The log group of that key, if there is one."""
        return next((group for group in self.log_groups if group.key == key), None)

    def keyed_log_groups(self, side: Side) -> Iterator[LogGroup]:
        """The log groups of one side that its customer managed key encrypts."""
        return (group for group in self.log_groups if group.side is side and group.keyed)

    def archived_log_groups(self) -> Iterator[LogGroup]:
        """The log groups of the members whose lines are kept in S3, too."""
        return (group for group in self.log_groups if group.archive_days and not group.is_nowhere)

    def name(self, kind: str) -> str:
        """The name of a resource of which an environment has one: `<kind>-<environment>`."""
        return f"{kind}-{self.environment}"
