"""Every resource with what watches it: the join of an inventory and alarms."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from generator.capture.capture import Capture
from generator.evaluate.template.contents import Contents
from generator.inventory.alarms import AlarmPlace, InventoryAlarm, Routed, built_alarms, calling, captured_alarms
from generator.inventory.inventory import Inventory, Place, inventory
from generator.inventory.probed import probed
from generator.inventory.shapes import Shapes
from generator.inventory.types import CoveredResource, InventoryResource, ProbedHost, Status, WatchingAlarm
from generator.inventory.watching import FilteredMetric, FilterGroups, Watcher, Watches
from generator.inventory.with_data import SteadyMetrics

# Namespaces and names.
Metrics = frozenset[tuple[str, str]]
# In a lock, the environment of a capture that has none.
NO_ENVIRONMENT = "none"


@dataclass(frozen=True, slots=True)
class AlarmCoverage:
    """resources: by account, Region, type and name. alarms: deployed ones; planned: others of the file.

    unread_alarms: accounts and Regions whose alarms were not read. places: all of the capture. hub_is_missing: whether
    the capture leaves out the account that may watch the others. environment, day, is_complete: of the capture.
    """

    inventory: Inventory
    resources: tuple[CoveredResource, ...]
    alarms: int
    planned: int
    watches: Watches
    unread_alarms: tuple[Place, ...]
    hub_is_missing: bool
    places: tuple[Place, ...]
    environment: str
    day: datetime.date
    is_complete: bool


def coverage(
    capture: Capture,
    shapes: Shapes,
    contents: Iterable[Contents] = (),
    routed: Routed = lambda _account, _region, _name: None,
    probes: Sequence[ProbedHost] = (),
    removed: frozenset[AlarmPlace] | None = None,
) -> AlarmCoverage:
    """What watches the resources of a capture. contents: of the templates of its environment. Raises BadCapture.

    removed: alarms that a change takes away; then those of the templates are as they will be. None: as they are now.
    """
    alarms = [alarm for region in capture.regions for alarm in captured_alarms(region, routed)]
    deployed = frozenset(alarm.place for alarm in alarms)
    planned = list(built_alarms(contents, deployed, routed, is_future=removed is not None))
    if removed is not None:
        replaced = removed | {alarm.place for alarm in planned}
        alarms = [alarm for alarm in alarms if alarm.place not in replaced]
    steady = SteadyMetrics(shapes)
    of_capture = inventory(capture, shapes, steady.lines([*alarms, *planned]))
    watcher = Watcher(of_capture, shapes, steady, _filters(capture), _without_filters(capture), capture.hub)
    watches = watcher.watches(_with_calls([*alarms, *planned]))
    for id_, rows in probed(of_capture, probes):
        watches.alarms.setdefault(id_, []).extend(rows)
    unread = _unread_alarms(capture)
    hub_is_missing = capture.hub is not None and capture.hub not in {account.id for account in capture.accounts}
    captured = tuple(sorted((region.account, region.region) for region in capture.regions))
    accounts = {account for account, _ in captured}
    judge = _Judge(shapes, watches, unread, capture.hub, hub_is_missing, accounts, frozenset(captured))
    covered = tuple(judge.covered(resource) for resource in of_capture.resources.values())
    places = tuple(sorted(unread))
    waiting = sum(not alarm.is_deployed for alarm in planned)
    return AlarmCoverage(
        of_capture,
        covered,
        len(deployed),
        waiting,
        watches,
        places,
        hub_is_missing,
        captured,
        capture.environment or NO_ENVIRONMENT,
        datetime.datetime.fromtimestamp(capture.to_ms // 1000, datetime.UTC).date(),
        capture.is_complete,
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    shapes: Shapes
    watches: Watches
    unread: frozenset[Place]
    hub: str | None
    hub_is_missing: bool
    captured: set[str]
    places: frozenset[Place]
    missing_by_metrics: dict[tuple[str, frozenset[Metrics]], tuple[str, ...]] = field(default_factory=dict)

    def covered(self, resource: InventoryResource) -> CoveredResource:
        alarms = tuple(self.watches.alarms.get(resource.id, ()))
        if len(alarms) > 1:
            alarms = tuple(sorted(alarms, key=_order))
        missing = self.missing(resource.id.type, frozenset(alarm.metrics for alarm in alarms))
        is_calling = False
        for alarm in alarms:
            if alarm.calls and alarm.has_data:
                return CoveredResource(resource, Status.WATCHED, alarms, missing)
            is_calling = is_calling or alarm.calls
        if is_calling:
            return CoveredResource(resource, Status.NO_DATA, alarms, missing)
        reason = self.reason(resource)
        if reason:
            return CoveredResource(resource, Status.UNKNOWN, alarms, missing, reason)
        return CoveredResource(resource, Status.SILENT if alarms else Status.UNWATCHED, alarms, missing)

    def missing(self, type_: str, of_alarms: frozenset[Metrics]) -> tuple[str, ...]:
        """The default alarms of a pack of which a metric has no alarm. Thousands of resources have the same alarms."""
        key = (type_, of_alarms)
        if key not in self.missing_by_metrics:
            metrics = frozenset[tuple[str, str]]().union(*of_alarms)
            defaults = self.shapes.by_type[type_].default_alarms
            self.missing_by_metrics[key] = tuple(it.name for it in defaults if not set(it.metrics) <= metrics)
        return self.missing_by_metrics[key]

    def reason(self, resource: InventoryResource) -> str:
        """Why no one can say that nothing watches it; empty where that can be said."""
        id_ = resource.id
        if id_.account not in self.captured:
            return "its account is not in the capture"
        if (id_.account, id_.region) not in self.places:
            return "its account and Region are not in the capture"
        if (id_.account, id_.region) in self.unread:
            return "alarms of its account and Region were not read"
        if self.hub_is_missing:
            return "the hub is not in the capture"
        if self.hub and (self.hub, id_.region) in self.unread:
            return "alarms of the hub were not read"
        return self.watches.uncertain.get(id_, "")


def _with_calls(alarms: Sequence[InventoryAlarm]) -> Iterable[tuple[InventoryAlarm, bool]]:
    places: dict[Place, list[InventoryAlarm]] = {}
    for alarm in alarms:
        places.setdefault((alarm.account, alarm.region), []).append(alarm)
    for of_place in places.values():
        names = calling(of_place)
        yield from ((alarm, alarm.name in names) for alarm in of_place)


def _without_filters(capture: Capture) -> frozenset[Place]:
    return frozenset((it.account, it.region) for it in capture.regions if it.rows("metric-filters") is None)


def _filters(capture: Capture) -> FilterGroups:
    """The log groups of each metric that filters publish."""
    groups: dict[FilteredMetric, set[str]] = {}
    for region in capture.regions:
        for row in region.rows("metric-filters") or ():
            transformations = row.get("metricTransformations")
            for entry in transformations if isinstance(transformations, list) else ():
                if isinstance(entry, Mapping):
                    names = entry.get("dimensions")
                    dimensions = frozenset(map(str, names)) if isinstance(names, Mapping) else frozenset()
                    metric = (str(entry.get("metricNamespace")), str(entry.get("metricName")), dimensions)
                    groups.setdefault((region.account, region.region, *metric), set()).add(str(row["logGroupName"]))
    return {key: frozenset(names) for key, names in groups.items()}


def _unread_alarms(capture: Capture) -> frozenset[Place]:
    return frozenset((region.account, region.region) for region in capture.regions if region.alarms() is None)


def _order(alarm: WatchingAlarm) -> tuple[str, str, str, str]:
    return (alarm.account, alarm.region, alarm.name, alarm.by)
