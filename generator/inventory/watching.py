"""Which alarms watch which resources: by the dimensions of their metrics, by queries, by the logs of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.evaluate.math.insights import LabelCondition, Selection
from generator.inventory.alarms import AlarmMetric, AlarmQuery, InventoryAlarm
from generator.inventory.inventory import Inventory
from generator.inventory.shapes import Shapes
from generator.inventory.types import InventoryResource, PackShape, ResourceId, WatchingAlarm

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
# Account, Region, namespace and name of a metric that filters publish, to their log groups.
FilterGroups = Mapping[tuple[str, str, str, str], frozenset[str]]


@dataclass
class Watches:
    """alarms: by resource. uncertain: resources that a query may select by what the capture does not have.

    aggregated: how many alarms are on metrics of no resource, such as a sum over an account. unreadable: alarms whose
    metrics are not known.
    """

    alarms: dict[ResourceId, list[WatchingAlarm]] = field(default_factory=dict)
    uncertain: set[ResourceId] = field(default_factory=set)
    aggregated: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Watcher:
    """What finds the resources of an alarm."""

    inventory: Inventory
    shapes: Shapes
    filters: FilterGroups

    def watches(self, alarms: Iterable[tuple[InventoryAlarm, bool]]) -> Watches:
        """The alarms of every resource. alarms: each with whether it calls anyone, perhaps by a composite."""
        result = Watches()
        for alarm, calls in alarms:
            result.unreadable += alarm.unreadable
            metrics: dict[tuple[ResourceId, str], set[tuple[str, str]]] = {}
            for metric in alarm.metrics:
                for id_, by in self._of_metric(alarm, metric):
                    metrics.setdefault((id_, by), set()).add((metric.namespace, metric.name))
            for query in alarm.queries:
                metric_name = (query.selection.namespace, query.selection.metric)
                for resource, is_certain in self._of_query(alarm, query):
                    if is_certain:
                        metrics.setdefault((resource.id, "query"), set()).add(metric_name)
                    else:
                        result.uncertain.add(resource.id)
            result.aggregated += alarm.is_deployed and bool(alarm.metrics or alarm.queries) and not metrics
            place = (alarm.account, alarm.region, alarm.name)
            for (id_, by), names in metrics.items():
                row = WatchingAlarm(*place, by, frozenset(names), calls, alarm.is_deployed)
                result.alarms.setdefault(id_, []).append(row)
        return result

    def _of_metric(self, alarm: InventoryAlarm, metric: AlarmMetric) -> Iterator[tuple[ResourceId, str]]:
        match = self.shapes.subject(metric.namespace, metric.name, metric.dimensions)
        if match is not None:
            id_ = ResourceId(metric.account, alarm.region, match.shape.type, match.values)
            if id_ in self.inventory.resources:
                yield id_, "math" if alarm.is_math else "metric"
        for group in self.filters.get((metric.account, alarm.region, metric.namespace, metric.name), ()):
            for id_ in _of_log_group(metric.account, alarm.region, group):
                if id_ in self.inventory.resources:
                    yield id_, "logs"

    def _of_query(self, alarm: InventoryAlarm, query: AlarmQuery) -> Iterator[tuple[InventoryResource, bool]]:
        """The resources of a query, each with whether it is known to select it.

        In a monitoring account, a query reads all accounts that are linked to it.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-alarms.html
        """
        selection = query.selection
        linked = self.inventory.linked.get((alarm.account, alarm.region), frozenset())
        accounts = {query.account} if query.account else {alarm.account, *linked}
        for condition in selection.conditions:
            if condition.label.upper() == _ACCOUNT:
                value = alarm.account if condition.value.upper() == "CURRENT_ACCOUNT_ID" else condition.value
                accounts = accounts & {value} if condition.is_equal else accounts - {value}
        for shape, names in self._shapes_of(selection):
            for account in sorted(accounts):
                for resource in self.inventory.of_type(account, alarm.region, shape.type):
                    certain = [self._holds(resource, shape, names, selection, c) for c in selection.conditions]
                    if False not in certain:
                        yield resource, None not in certain

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


def _of_log_group(account: str, region: str, group: str) -> Iterator[ResourceId]:
    for type_, pattern in _LOG_GROUPS:
        match = pattern.fullmatch(group)
        if match:
            yield ResourceId(account, region, type_, tuple(match.groupdict().items()))
