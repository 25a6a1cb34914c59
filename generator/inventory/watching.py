"""Which alarms watch which resources: by the dimensions of their metrics, by queries, by the logs of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.evaluate.math.insights import LabelCondition, Selection
from generator.inventory.alarms import AlarmMetric, AlarmQuery, InventoryAlarm
from generator.inventory.inventory import Inventory, Place
from generator.inventory.shapes import ShapeMatch, Shapes
from generator.inventory.types import InventoryResource, PackShape, ResourceIdentity, WatchingAlarm
from generator.inventory.with_data import SteadyMetrics, metric_line

# Names that services give to the log groups of a resource.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
_LOG_GROUPS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("lambda", re.compile(r"/aws/lambda/(?P<function>[^/]+)")),
    ("rds", re.compile(r"/aws/rds/instance/(?P<instance>[^/]+)/.+")),
    ("aurora", re.compile(r"/aws/rds/cluster/(?P<cluster>[^/]+)/.+")),
    ("documentdb", re.compile(r"/aws/docdb/(?P<cluster>[^/]+)/.+")),
    ("eks", re.compile(r"/aws/(?:eks|containerinsights)/(?P<cluster>[^/]+)/.+")),
    ("ecs-cluster", re.compile(r"/aws/ecs/containerinsights/(?P<cluster>[^/]+)/.+")),
    ("glue", re.compile(r"/aws-glue/jobs/(?P<job>[^/]+)")),
    ("step-functions", re.compile(r"/aws/vendedlogs/states/(?P<state_machine>[^/]+?)(?:-Logs)?")),
    ("msk", re.compile(r"/aws/msk/(?P<cluster>[^/]+)")),
)
_ACCOUNT = "AWS.ACCOUNTID"
_TAG = "tag."
# Types of which a log group may be.
_LOGGING = frozenset(type_ for type_, _ in _LOG_GROUPS)
_BY_TAGS = "a query selects by tags or dimensions that the capture does not have"
_BY_ACCOUNTS = "a query of the hub may read its account, and the metrics of the hub were not read"
_BY_FILTERS = "metric filters of its account and Region were not read, and an alarm may count its lines"
# Account, Region, namespace, name and names of dimensions of a metric that filters publish; to their log groups.
FilteredMetric = tuple[str, str, str, str, frozenset[str]]
FilterGroups = Mapping[FilteredMetric, frozenset[str]]


@dataclass
class Watches:
    """alarms: by resource. uncertain: resources that an alarm may watch, with why the capture does not say so.

    aggregated: how many alarms are on metrics of no resource, such as a sum over an account. unreadable: alarms whose
    metrics are not known.
    """

    alarms: dict[ResourceIdentity, list[WatchingAlarm]] = field(default_factory=dict)
    uncertain: dict[ResourceIdentity, str] = field(default_factory=dict)
    aggregated: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Watcher:
    """What finds the resources of an alarm. without_filters: accounts and Regions whose filters were not read."""

    inventory: Inventory
    shapes: Shapes
    steady: SteadyMetrics
    filters: FilterGroups
    without_filters: frozenset[Place]
    hub: str | None

    def watches(self, alarms: Iterable[tuple[InventoryAlarm, bool]]) -> Watches:
        """The alarms of every resource. alarms: each with whether it calls anyone, perhaps by a composite."""
        result = Watches()
        for alarm, calls in alarms:
            result.unreadable += alarm.unreadable
            metrics: dict[tuple[ResourceIdentity, str], set[tuple[str, str]]] = {}
            with_data: set[tuple[ResourceIdentity, str]] = set()
            for metric in alarm.metrics:
                for id_, by in self._of_metric(alarm, metric):
                    metrics.setdefault((id_, by), set()).add((metric.namespace, metric.name))
                    if by == "logs" or self._has_data(id_, alarm.region, metric):
                        with_data.add((id_, by))
                if self.without_filters:
                    result.uncertain |= dict.fromkeys(self._perhaps_by_lines(alarm, metric), _BY_FILTERS)
            for query in alarm.queries:
                metric_name = (query.selection.namespace, query.selection.metric)
                for resource, doubt in self._of_query(alarm, query):
                    if doubt:
                        result.uncertain[resource.id] = doubt
                    else:
                        metrics.setdefault((resource.id, "query"), set()).add(metric_name)
                        if resource.is_active or not self._is_listed(resource.id):
                            with_data.add((resource.id, "query"))
            result.aggregated += alarm.is_deployed and bool(alarm.metrics or alarm.queries) and not metrics
            place = (alarm.account, alarm.region, alarm.name)
            for (id_, by), names in metrics.items():
                has_data = (id_, by) in with_data
                row = WatchingAlarm(*place, by, frozenset(names), calls, alarm.is_deployed, has_data)
                result.alarms.setdefault(id_, []).append(row)
        self._add_parts(result)
        return result

    def _add_parts(self, result: Watches) -> None:
        """What watches every part of a group watches the group; what watches some of them does not."""
        for group, parts in self.inventory.parts.items():
            of_parts = [result.alarms.pop(part.id, []) for part in parts]
            doubts = [result.uncertain[part.id] for part in parts if part.id in result.uncertain]
            if doubts:
                result.uncertain.setdefault(group, doubts[0])
            if all(of_parts):
                is_calling = all(any(row.calls for row in rows) for rows in of_parts)
                has_data = all(any(row.calls and row.has_data for row in rows) for rows in of_parts)
                rows = {(row.account, row.region, row.name, row.by): row for of_part in of_parts for row in of_part}
                of_group = [
                    row._replace(calls=row.calls and is_calling, has_data=row.has_data and has_data)
                    for row in rows.values()
                ]
                result.alarms.setdefault(group, []).extend(of_group)

    def _of_metric(self, alarm: InventoryAlarm, metric: AlarmMetric) -> Iterator[tuple[ResourceIdentity, str]]:
        if not self._is_seen(alarm, metric):
            return
        for match in self.shapes.subjects(metric.namespace, metric.name, metric.dimensions):
            id_ = ResourceIdentity(metric.account, alarm.region, match.shape.type, match.values)
            resource = self.inventory.find(id_)
            if resource is not None:
                if self._has(resource, match, metric, alarm.region):
                    yield id_, "math" if alarm.is_math else "metric"
                break
        if not self.filters:
            return
        names = frozenset(name for name, _ in metric.dimensions)
        for group in self.filters.get((metric.account, alarm.region, metric.namespace, metric.name, names), ()):
            for id_ in _of_log_group(metric.account, alarm.region, group):
                if self.inventory.find(id_) is not None:
                    yield id_, "logs"

    def _is_listed(self, id_: ResourceIdentity) -> bool:
        """Whether the resource's account says which metrics had data in the last two weeks.

        What is shared with the hub may be a part of them:
        https://docs.aws.amazon.com/OAM/latest/APIReference/API_MetricConfiguration.html
        """
        return (id_.account, id_.region) in self.inventory.own_lists

    def _has_data(self, id_: ResourceIdentity, region: str, metric: AlarmMetric) -> bool:
        """Whether a metric had data in the last two weeks, or may be one that only counts what seldom happens."""
        if not self._is_listed(id_) or (metric.account, region) != (id_.account, id_.region):
            return True
        resource = self.inventory.find(id_)
        if resource is None or not resource.is_active:
            return False
        is_steady = self.steady.has(metric.namespace, metric.name)
        return not is_steady or (region, metric_line(metric)) in self.inventory.with_data

    def _is_seen(self, alarm: InventoryAlarm, metric: AlarmMetric) -> bool:
        """Whether the alarm's account sees the metric: its own, or that of an account that is linked to it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
        """
        linked = self.inventory.linked.get((alarm.account, alarm.region))
        return metric.account == alarm.account or linked is None or metric.account in linked

    def _has(self, resource: InventoryResource, match: ShapeMatch, metric: AlarmMetric, region: str) -> bool:
        """Whether a resource may publish metrics with these dimensions: each set of them is another metric.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations
        """
        if len(metric.dimensions) <= match.breadth:
            return True
        names = frozenset(name for name, _ in metric.dimensions)
        return (
            not resource.is_active
            or self.shapes.has_dimensions(match.shape, metric.namespace, names)
            or (metric.account, region, metric.namespace, metric.dimensions) in self.inventory.combinations
        )

    def _perhaps_by_lines(self, alarm: InventoryAlarm, metric: AlarmMetric) -> Iterator[ResourceIdentity]:
        """The resources whose lines an alarm may count, where metric filters were not read."""
        place = (metric.account, alarm.region)
        if place in self.without_filters and not metric.namespace.startswith("AWS/"):
            for type_ in sorted(_LOGGING) if not self.shapes.knows(metric.namespace) else ():
                yield from (resource.id for resource in self.inventory.of_type(*place, type_))

    def _of_query(self, alarm: InventoryAlarm, query: AlarmQuery) -> Iterator[tuple[InventoryResource, str]]:
        """The resources of a query, each with why the capture does not say that it selects it; empty where it does.

        In a monitoring account, a query reads all accounts that are linked to it.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-alarms.html
        """
        selection = query.selection
        linked = self.inventory.linked.get((alarm.account, alarm.region), frozenset())
        is_open = (
            not query.account and alarm.account == self.hub and (alarm.account, alarm.region) in self.inventory.unread
        )
        accounts = {query.account} if query.account else {alarm.account, *linked}
        if is_open:
            accounts |= self.inventory.names.keys()
        for condition in selection.conditions:
            if condition.label.upper() == _ACCOUNT:
                value = alarm.account if condition.value.upper() == "CURRENT_ACCOUNT_ID" else condition.value
                accounts = accounts & {value} if condition.is_equal else accounts - {value}
        for shape, names in self._shapes_of(selection):
            for account in sorted(accounts):
                for resource in self.inventory.of_type(account, alarm.region, shape.type):
                    certain = [self._holds(resource, shape, names, selection, c) for c in selection.conditions]
                    if False not in certain:
                        is_doubtful = is_open and account != alarm.account
                        yield resource, _BY_ACCOUNTS if is_doubtful else _BY_TAGS if None in certain else ""

    def _shapes_of(self, selection: Selection) -> list[tuple[PackShape, frozenset[str]]]:
        """The packs that a query is about: the most specific ones of its dimensions, all without any."""
        conditions = {condition.label for condition in selection.conditions if "." not in condition.label}
        labels = selection.labels or frozenset({*conditions, *selection.groups})
        of_namespace = list(self.shapes.in_namespace(selection.namespace))
        fitting = [(shape, names) for shape, names in of_namespace if names <= labels]
        if not fitting and selection.labels is None:
            fitting = of_namespace
        else:
            breadth = max((len(names) for _, names in fitting), default=0)
            fitting = [(shape, names) for shape, names in fitting if len(names) == breadth]
        having = [pair for pair in fitting if self.shapes.has_metric(pair[0], selection.namespace, selection.metric)]
        types = {shape.type for shape, _ in fitting}
        return having if having and len(types) > 1 else fitting

    def _holds(
        self,
        resource: InventoryResource,
        shape: PackShape,
        names: frozenset[str],
        selection: Selection,
        of: LabelCondition,
    ) -> bool | None:
        """Whether a condition holds for a resource; None where the capture does not say."""
        if of.label.upper() == _ACCOUNT:
            return True
        if of.label.lower().startswith(_TAG):
            key = of.label[len(_TAG) :]
            value = (resource.tags or {}).get(key)
            return None if value is None else (value == of.value) is of.is_equal
        pattern = self.shapes.dimension_of(selection.namespace, shape, of.label) if of.label in names else None
        if pattern is None:
            values = {value for name, value in resource.pairs if name == of.label}
            return (of.value in values) is of.is_equal if values else None
        match = pattern.fullmatch(of.value)
        is_same = match is not None and set(match.groupdict().items()) <= set(resource.id.values)
        return is_same is of.is_equal


def _of_log_group(account: str, region: str, group: str) -> Iterator[ResourceIdentity]:
    for type_, pattern in _LOG_GROUPS:
        match = pattern.fullmatch(group)
        if match:
            yield ResourceIdentity(account, region, type_, tuple(match.groupdict().items()))
