"""Pairs each resource of a source with the one that the file builds, and compares what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from generator.evaluate.template.contents import CompositeAlarm, FilterResource, MetricAlarm, PromqlAlarm
from generator.evaluate.types import Deployed
from generator.importer.compare import other_resources as others
from generator.importer.compare.calls import call_difference
from generator.importer.compare.metric_alarms import metric_alarm, promql_alarm
from generator.importer.compare.sides import SideResource, in_order, own_resources, resources_of
from generator.importer.compare.types import ComparedResource, Facts, ImportComparison, ImportOutcome
from generator.importer.dashboards.meaning import Viewpoint, alarm_of
from generator.importer.resources import (
    ALARMS,
    ANOMALY_DETECTOR,
    DASHBOARD,
    LOG_ALARM,
    LOG_GROUP,
    ResourceId,
)
from generator.importer.types import DroppedResource, SourceStack
from generator.importer.unknown_values import readable

NAMES = "names: those of the file"
IN_FILE = ("in the source", "in the file")
_NO_REASON = "the import says nothing about it"
_ELSEWHERE = "the file has its entry, but builds nothing there"
_ORDER = tuple(ImportOutcome(word) for word in ("not comparable", "differs", "added", "dropped", "only read", "equal"))
# Sections whose entries an import writes; what a build has of others is its own.
_IMPORTED = ("alarms.", "composites.", "services.", "metric_filters.", "log_groups.", "dashboards.")


def compared(
    before: Iterable[Deployed | SourceStack],
    after: Iterable[Deployed],
    keys: Mapping[ResourceId, str],
    dropped: Iterable[DroppedResource] = (),
    sides: tuple[str, str] = IN_FILE,
) -> ImportComparison:
    """Every resource of the source with what became of it, and what the build has besides.

    before: the stacks of the source. after: those of the build, as deployed. keys: the path of the entry that each
    resource became. dropped: resources that did not become part of the file, with the reason. sides: where the values
    of a difference are, in words.
    """
    sources, built = [*before], [*after]
    comparer = _Comparer(resources_of(sources), resources_of(built), keys, _dropped(dropped), sides)
    comparison = comparer.comparison()
    return replace(comparison, own=comparison.own + own_resources(built), own_before=own_resources(sources))


def _position(resource: ComparedResource) -> tuple[int, str, str, str, str, str]:
    """By outcome, place and name."""
    name = (resource.account, resource.region, resource.type, resource.name, resource.key)
    return (_ORDER.index(resource.outcome), *name)


def _dropped(dropped: Iterable[DroppedResource]) -> dict[tuple[str, str], DroppedResource]:
    """What was dropped, by type, and by name or logical ID."""
    by_name: dict[tuple[str, str], DroppedResource] = {}
    for resource in dropped:
        if not resource.property:
            for name in (resource.name, resource.position.address):
                by_name.setdefault((resource.resource_type, name), resource)
    return by_name


@dataclass(slots=True)
class _Comparer:
    """old, new: the resources of both sides. partners: of the new resources, by the ID of the old one."""

    old: list[SideResource]
    new: list[SideResource]
    keys: Mapping[ResourceId, str]
    dropped: Mapping[tuple[str, str], DroppedResource]
    sides: tuple[str, str]
    by_path: dict[tuple[str, str, str, str], list[SideResource]] = field(default_factory=dict)
    common: dict[tuple[str, str, str], str] = field(default_factory=dict)
    purposes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for resource in self.new:
            place = resource.id.account, resource.id.region, resource.id.type, resource.path
            self.by_path.setdefault(place, []).append(resource)
        paired: set[int] = set()
        alarms = {item.id: item for item in in_order(self.old) if item.id in self.keys and item.id.type in ALARMS}
        for resource in alarms.values():
            partner = self._partner(resource, paired)
            paired |= {id(partner)} if partner else set()
            self._name_in_common(resource, partner)

    def _name_in_common(self, resource: SideResource, partner: SideResource | None) -> None:
        """What rules and dashboards of both sides call an alarm: its entry, and of several in one place, which one."""
        path = self.keys[resource.id]
        place = resource.id.account, resource.id.region
        is_one = len(self.by_path.get((*place, resource.id.type, path), ())) < 2
        common = path if is_one or partner is None else f"{path} ({partner.id.name})"
        self.common[(*place, f"old {resource.id.name}")] = common
        if partner is not None:
            self.common[(*place, f"new {partner.id.name}")] = common

    def comparison(self) -> ImportComparison:
        compared_resources: list[ComparedResource] = []
        paired: set[int] = set()
        partners: dict[ResourceId, SideResource] = {}
        filled_in = own = 0
        for resource in in_order(self.old):
            # What two sources have is one resource, and both have to be equal to the one that was built.
            partner = partners.get(resource.id) or self._partner(resource, paired)
            if partner is None and self._is_of_no_use(resource):
                continue
            if partner is not None:
                paired.add(id(partner))
                partners[resource.id] = partner
                filled_in += resource.is_filled_in
            compared_resources.append(self._compared(resource, partner))
        added = []
        written = {*self.keys.values()}
        for resource in in_order(self.new):
            if id(resource) in paired or resource.id.type == ANOMALY_DETECTOR:
                continue
            if resource.path.startswith(_IMPORTED) and self._is_of_import(resource, written):
                added.append(self._added(resource))
            else:
                own += 1
        ordered = sorted((*compared_resources, *added), key=_position)
        return ImportComparison(tuple(ordered), tuple(sorted(self.purposes.items())), own, 0, filled_in)

    def _is_of_no_use(self, resource: SideResource) -> bool:
        """Whether it is a log group of a running account that nothing in the file reads."""
        is_log_group = resource.id.type == LOG_GROUP and resource.is_captured
        is_known = resource.id in self.keys or (LOG_GROUP, readable(resource.id.name)) in self.dropped
        return is_log_group and not is_known

    def _is_of_import(self, resource: SideResource, written: set[str]) -> bool:
        """False for what obsgen makes beside an entry for its own sake, such as an alarm on a log group's archive."""
        if resource.id.type == LOG_GROUP:
            return resource.path.startswith("log_groups.")
        if resource.id.type == DASHBOARD:
            return resource.path in written
        return not resource.path.startswith("log_groups.") or resource.path in written

    def _partner(self, resource: SideResource, paired: set[int]) -> SideResource | None:
        path = self.keys.get(resource.id)
        if path is None:
            return self._detector(resource, paired) if resource.id.type == ANOMALY_DETECTOR else None
        place = resource.id.account, resource.id.region, resource.id.type, path
        candidates = [candidate for candidate in self.by_path.get(place, ()) if id(candidate) not in paired]
        if resource.id.type == DASHBOARD and not candidates:
            # Dashboards are global: the hub's show what those of any Region did.
            candidates = [
                candidate for candidate in self.new if candidate.id.type == DASHBOARD and candidate.path == path
            ]
        same_name = [candidate for candidate in candidates if candidate.id.name == resource.id.name]
        if not same_name and len(candidates) > 1:
            # Thresholds of one entry, of which the names are not those of the source.
            was = self._facts(resource, "old").values
            same_name = [candidate for candidate in candidates if self._facts(candidate, "new").values == was]
        return next(iter(same_name or candidates), None)

    def _detector(self, resource: SideResource, paired: set[int]) -> SideResource | None:
        """Detectors have no names: the one of the same metric."""
        place = resource.id.account, resource.id.region
        learns = others.anomaly_detector(resource.properties).values["learns"]
        return next(
            (
                candidate
                for candidate in self.new
                if candidate.id.type == ANOMALY_DETECTOR
                and (candidate.id.account, candidate.id.region) == place
                and id(candidate) not in paired
                and others.anomaly_detector(candidate.properties).values["learns"] == learns
            ),
            None,
        )

    def _compared(self, resource: SideResource, partner: SideResource | None) -> ComparedResource:
        id_, key = resource.id, self.keys.get(resource.id, "")
        head = (id_.type, id_.account, id_.region, readable(id_.name), key)
        if partner is None:
            return self._without_partner(resource, head)
        was, now = self._facts(resource, "old"), self._facts(partner, "new")
        if was.unknown or now.unknown:
            side = "" if was.unknown else "in the file: "
            reason = f"{side}{was.unknown or now.unknown}"
            return ComparedResource(ImportOutcome.NOT_COMPARABLE, *head, partner.id.name, reason=reason)
        self._note(resource, partner, was)
        differences = (*_differences(was, now, self.sides), *call_difference(resource, partner, self.sides))
        outcome = ImportOutcome.DIFFERS if differences else ImportOutcome.EQUAL
        return ComparedResource(outcome, *head, partner.id.name, differences)

    def _without_partner(self, resource: SideResource, head: tuple[str, str, str, str, str]) -> ComparedResource:
        """Dropped with its reason; what the import says nothing about, or the file does not build, is not proven."""
        dropped = self.dropped.get((resource.id.type, readable(resource.id.name)))
        if dropped:
            outcome = ImportOutcome.READ if dropped.is_read else ImportOutcome.DROPPED
            return ComparedResource(outcome, *head, reason=dropped.reason)
        if head[-1]:
            return ComparedResource(ImportOutcome.DIFFERS, *head, differences=(_ELSEWHERE,))
        return ComparedResource(ImportOutcome.NOT_COMPARABLE, *head, reason=resource.unknown or _NO_REASON)

    def _note(self, resource: SideResource, partner: SideResource, was: Facts) -> None:
        """What obsgen replaces on purpose, counted."""
        self.purposes.update(was.purposes)
        if resource.id.name != partner.id.name and resource.id.type != ANOMALY_DETECTOR:
            self.purposes[NAMES] += 1

    def _added(self, resource: SideResource) -> ComparedResource:
        id_ = resource.id
        return ComparedResource(
            ImportOutcome.ADDED, id_.type, id_.account, id_.region, id_.name, resource.path, id_.name
        )

    def _facts(self, resource: SideResource, side: str) -> Facts:
        """What a resource does. side: old or new, for the names of a composite's children."""
        if resource.unknown:
            return Facts(unknown=resource.unknown)
        match resource.reading:
            case MetricAlarm():
                return metric_alarm(resource.reading, resource.properties)
            case PromqlAlarm():
                return promql_alarm(resource.reading, resource.properties)
            case CompositeAlarm():
                return others.composite(
                    resource.reading, resource.properties, lambda name: self._common_name(resource, side, name)
                )
            case FilterResource():
                return others.metric_filter(resource.reading, resource.properties)
        by_type = {
            LOG_ALARM: others.log_alarm,
            LOG_GROUP: others.log_group,
            ANOMALY_DETECTOR: others.anomaly_detector,
        }
        if resource.id.type == DASHBOARD:
            return others.dashboard(resource.properties, self._viewpoint(resource, side))
        read = by_type.get(resource.id.type)
        return read(resource.properties) if read else Facts(unknown="nothing reads this type")

    def _viewpoint(self, resource: SideResource, side: str) -> Viewpoint:
        """From where a dashboard looks; those of the build are in the hub."""
        hubs = {new.id.account for new in self.new if new.id.type == DASHBOARD}
        is_hub = resource.id.account in hubs

        def alarm_name(arn: str) -> str:
            alarm = alarm_of(arn)
            path = self.common.get((alarm[0], alarm[1], f"{side} {alarm[2]}")) if alarm else None
            return f"{path} of {alarm[0]} in {alarm[1]}" if alarm and path else arn

        return Viewpoint(resource.id.account, resource.id.region, is_hub, alarm_name)

    def _common_name(self, resource: SideResource, side: str, name: str) -> str:
        """What both sides call an alarm: the path of its entry; the name itself where the file has none for it."""
        arn = name.split(":", 6) if name.startswith("arn:") and name.count(":") >= 6 else []
        if arn and (arn[4], arn[3]) != (resource.id.account, resource.id.region):
            return name
        plain = arn[6] if arn else name
        return self.common.get((resource.id.account, resource.id.region, f"{side} {plain}"), plain)


def _differences(was: Facts, now: Facts, sides: tuple[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*was.values, *now.values)):
        old, new = was.values.get(name, "nothing"), now.values.get(name, "nothing")
        if old != new:
            yield f"{name}: {old} {sides[0]}, {new} {sides[1]}"
