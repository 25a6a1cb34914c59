"""The metrics of packs, and what an alarm would have to set to be one of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.importer.write.pack_shapes import Dimensions, measured_by, measured_by_pack
from generator.spec.packs import Pack, PackAlarm, Relative, read_pack


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
    _alarms: dict[object, list[tuple[str, str, tuple[Dimensions, ...]]]] = field(default_factory=dict)

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
            for shape, dimensions in measured_by_pack(pack, alarm):
                self._alarms.setdefault(shape, []).append((name, key, dimensions))

    def matches(self, values: Mapping[str, Any]) -> Iterator[PackMatch]:
        """The alarms of packs that an alarm may be, the most alike first."""
        measured = measured_by(values)
        candidates = self._alarms.get(measured.shape, []) if measured else []
        alike: list[tuple[tuple[bool, bool, bool, str, str], PackMatch]] = []
        for name, key, templates in candidates:
            pack, alarm = self.packs[name], self.packs[name].alarms[key]
            parameters = _parameters(pack, templates, measured.dimensions if measured else ())
            is_same_side = _side(values) == str(alarm.threshold[0])[:1]
            if parameters is None or not is_same_side or not set(alarm.needs) <= parameters.keys():
                continue
            is_relative = isinstance(alarm.threshold, Relative)
            rank = (values.get("statistic") != alarm.statistic, not alarm.enabled, is_relative, name, key)
            alike.append((rank, PackMatch(name, key, tuple(sorted(parameters.items())))))
        return (match for _, match in sorted(alike, key=lambda pair: pair[0]))

    def created(self, match: PackMatch) -> list[str]:
        """The alarms that an entry has if it says nothing about them."""
        pack, known = self.packs[match.type], {name for name, _ in match.parameters}
        return [key for key, alarm in pack.alarms.items() if alarm.enabled and _is_possible(alarm, known)]


def _is_possible(alarm: PackAlarm, known: set[str]) -> bool:
    return set(alarm.needs) <= known and not isinstance(alarm.threshold, Relative)


def _side(values: Mapping[str, Any]) -> str:
    """The side of its thresholds on which an alarm fires."""
    thresholds = [*values.get("thresholds", {}).values()] or [values["threshold"]]
    return str(thresholds[0])[:1]


def _parameters(pack: Pack, templates: Iterable[Dimensions], dimensions: Iterable[Dimensions]) -> dict[str, str] | None:
    """The parameters with which the dimensions of a pack are these; nothing where there are none."""
    parameters: dict[str, str] = {}
    pairs = [
        (template, own[name]) for row, own in zip(templates, dimensions, strict=True) for name, template in row.items()
    ]
    for template, text in pairs:
        pattern = re.sub(r"\\\{([a-z][a-z0-9_]*)\\\}", r"(?P<\1>.+)", re.escape(template))
        match = re.fullmatch(pattern, text)
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
