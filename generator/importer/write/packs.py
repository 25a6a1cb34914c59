"""The metrics of packs, and what an alarm would have to set to be one of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.spec.packs import Pack, PackAlarm, PackMetric, Relative, parameters_in, read_pack

_Shape = tuple[str, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class PackMatch:
    """An alarm of a pack on the metric of an alarm. parameters: sorted pairs."""

    type: str
    alarm: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class PackIndex:
    """The packs that have metrics of some namespaces, by what their alarms measure."""

    packs: dict[str, Pack] = field(default_factory=dict)
    _alarms: dict[_Shape, list[tuple[str, str, Mapping[str, str]]]] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Mapping[str, bytes], namespaces: Iterable[str]) -> PackIndex:
        """Only packs in which a namespace occurs are read."""
        index = cls()
        texts = [namespace.encode() for namespace in sorted(set(namespaces))]
        for name in sorted(files) if texts else ():
            content = files[name]
            pack = read_pack(content, f"{name}.yaml")[0] if any(text in content for text in texts) else None
            if pack is not None:
                index._add(name, pack)
        return index

    def _add(self, name: str, pack: Pack) -> None:
        self.packs[name] = pack
        for key, alarm in pack.alarms.items():
            if alarm.metric is None or isinstance(alarm.threshold, Relative):
                continue
            for dimensions in _variants(pack, alarm.metric):
                shape = (alarm.metric.namespace, alarm.metric.name, frozenset(dimensions))
                self._alarms.setdefault(shape, []).append((name, key, dimensions))

    def matches(self, values: Mapping[str, Any]) -> Iterator[PackMatch]:
        """The alarms of packs that an alarm may be, the most alike first."""
        metric = values["metric"]
        dimensions = metric.get("dimensions", {})
        candidates = self._alarms.get((metric.get("namespace"), metric.get("name"), frozenset(dimensions)), [])
        alike: list[tuple[tuple[bool, bool, str, str], PackMatch]] = []
        for name, key, templates in candidates:
            pack, alarm = self.packs[name], self.packs[name].alarms[key]
            parameters = _parameters(pack, templates, dimensions)
            is_same_side = str(values["threshold"])[:1] == str(alarm.threshold[0])[:1]
            if parameters is None or not is_same_side or not set(alarm.needs) <= parameters.keys():
                continue
            rank = (values["statistic"] != alarm.statistic, not alarm.enabled, name, key)
            alike.append((rank, PackMatch(name, key, tuple(sorted(parameters.items())))))
        return (match for _, match in sorted(alike, key=lambda pair: pair[0]))

    def created(self, match: PackMatch) -> list[str]:
        """The alarms that an entry has if it says nothing about them."""
        pack, known = self.packs[match.type], {name for name, _ in match.parameters}
        return [key for key, alarm in pack.alarms.items() if alarm.enabled and _is_possible(alarm, known)]


def _is_possible(alarm: PackAlarm, known: set[str]) -> bool:
    return set(alarm.needs) <= known and not isinstance(alarm.threshold, Relative)


def _variants(pack: Pack, metric: PackMetric) -> Iterator[Mapping[str, str]]:
    """The dimensions of a metric, with and without those of optional parameters."""
    yield metric.dimensions
    required = {
        name: value
        for name, value in metric.dimensions.items()
        if not any(pack.parameters[key].optional for key in parameters_in(value) if key in pack.parameters)
    }
    if len(required) < len(metric.dimensions):
        yield required


def _parameters(pack: Pack, templates: Mapping[str, str], dimensions: Mapping[str, str]) -> dict[str, str] | None:
    """The parameters with which the dimensions of a pack are these; nothing where there are none."""
    parameters: dict[str, str] = {}
    for name, template in templates.items():
        pattern = re.sub(r"\\\{([a-z][a-z0-9_]*)\\\}", r"(?P<\1>.+)", re.escape(template))
        match = re.fullmatch(pattern, dimensions[name])
        if match is None:
            return None
        for key, value in match.groupdict().items():
            if parameters.setdefault(key, value) != value:
                return None
    for key, value in parameters.items():
        parameter = pack.parameters.get(key)
        if parameter is None or (parameter.form and "{" not in value and not re.fullmatch(parameter.form, value)):
            return None
    required = {
        key for key, parameter in pack.parameters.items() if not parameter.optional and parameter.default is None
    }
    return parameters if required <= parameters.keys() else None
