"""Metric filters of packs: each becomes an ordinary metric filter of the entry, named `<entry>-<filter>`.

It counts lines of a log group that the entry names, in a metric of its own: `<filter>-<environment>` of the namespace
`<project>/<entry>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from generator.findings import Finding, Path, dotted
from generator.resolve.filter_placement import unknown_log_group
from generator.resolve.scope import Scope
from generator.resolve.services.service_metrics import ServiceEntry
from generator.spec.governance import WaiverSpec
from generator.spec.logs import ExamplesSpec, FilterMetricSpec, MetricFilterSpec
from generator.spec.packs import PackAlarm, filled, parameters_in
from generator.spec.placements import PLACE_KEYS


def check_log_groups(entry: ServiceEntry, scope: Scope) -> Iterator[Finding]:
    """R02 and R07 for a log group that the file does not have, or has on the other side, at the parameter for it."""
    known = scope.document.log_groups
    for text in sorted({spec.log_group for spec in entry.pack.filters.values()}):
        name, path = filled(text, entry.values), (*entry.path, *parameters_in(text)[:1])
        if name in known:
            if (known[name].in_ == "hub") is not entry.spec.is_of_hub:
                where, hint = ("the hub", "set") if known[name].in_ == "hub" else ("members", "remove")
                message = f"the log group `{name}` is in {where}, and this entry is not"
                yield Finding("R07", message, path, hint=f"{hint} accounts: [hub] in this entry")
        elif not parameters_in(name):
            yield unknown_log_group(name, known, path)


def filter_key(entry: ServiceEntry, alarm: PackAlarm) -> str:
    """The key of the metric filter that an alarm counts with."""
    return f"{entry.key}-{alarm.filter}"


@dataclass(slots=True)
class ServiceFilters:
    """The metric filters of the alarms of all services, their places, and the exceptions that their packs give."""

    filters: dict[str, MetricFilterSpec] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    waivers: list[WaiverSpec] = field(default_factory=list)

    def add(self, entry: ServiceEntry, alarm: PackAlarm) -> None:
        """The filter that an alarm of the entry counts with, where the entry is."""
        name = alarm.filter
        if name is None or filter_key(entry, alarm) in self.filters:
            return
        spec, key = entry.pack.filters[name], filter_key(entry, alarm)
        path: Path = (*entry.path, "filters", name)
        self.paths[key] = path
        self.filters[key] = MetricFilterSpec.model_construct(
            log_group=filled(spec.log_group, entry.values),
            pattern=spec.pattern,
            # With a value for minutes with other lines, the alarm returns to OK as soon as there are any.
            metric=FilterMetricSpec(name=f"{name}-{{environment}}", namespace=f"{{project}}/{entry.key}", default=0),
            examples=ExamplesSpec(match=spec.examples.match, ignore=spec.examples.ignore),
            **({} if entry.spec.is_of_hub else {key: getattr(entry.spec, key) for key in PLACE_KEYS}),
        )
        if spec.wildcards:
            self.waivers.append(
                WaiverSpec.model_construct(
                    rule="exact-filter-patterns", for_=dotted(path), reason=spec.wildcards, until=None
                )
            )


def with_filters(scope: Scope, service_filters: ServiceFilters, findings: list[Finding]) -> Scope:
    """The scope with the filters of services among the document's own, and the exceptions that their packs give."""
    own = scope.document.metric_filters
    for key in sorted(service_filters.filters.keys() & own.keys()):
        message = f"its metric filter and another one would both be called `{key}`"
        also = ((("metric_filters", key), "the other"),)
        findings.append(Finding("R08", message, service_filters.paths[key], on="key", also=also))
    if not service_filters.filters:
        return scope
    document = scope.document.model_copy(
        update={
            "metric_filters": {**service_filters.filters, **own},
            "waivers": [*scope.document.waivers, *service_filters.waivers],
        }
    )
    return replace(scope, document=document, filter_paths=service_filters.paths)
