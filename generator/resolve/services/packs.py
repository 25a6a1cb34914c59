"""The packs of a build: which types there are, those that are used read, and each held to what AWS publishes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import PurePath

from pydantic_core import PydanticCustomError

from generator.aws.metrics import CATALOGUE, lookup
from generator.aws.metrics_model import Metric
from generator.evaluate.math.metric_math import MathRequest, Query, arrange
from generator.findings import Finding, Path, did_you_mean, unknown_reference
from generator.model.signals import free_id
from generator.resolve.services.pack_filters import check_filters
from generator.spec.load import Source
from generator.spec.packs import (
    Pack,
    PackAlarm,
    PackMetric,
    PackObjective,
    Relative,
    capacity,
    parameters_in,
    read_pack,
)
from generator.spec.scalars import KEY
from generator.spec.services import RESERVED

# Placeholders of every pack: the entry's key, values that the document fills in later, and the alarm's account and
# Region.
PLACES = {"account": "${AWS::AccountId}", "region": "${AWS::Region}", "partition": "${AWS::Partition}"}
GENERAL = ("entry", "environment", "project", *PLACES)

# What messages call the folder of obsgen's own packs.
OURS = "generator/packs"


@dataclass(frozen=True, slots=True)
class PackRegistry:
    """packs: by type, as far as they were asked for and can be read. types: all that there are."""

    packs: Mapping[str, Pack]
    types: frozenset[str]


def load_packs(
    ours: Mapping[str, bytes], own: Mapping[str, bytes], used: set[str]
) -> tuple[PackRegistry, dict[str, Source], list[Finding]]:
    """The packs that are used and all of the user's own, their texts by file, and their findings.

    A pack of the user replaces ours of the same type.
    """
    files = {PurePath(path).stem: (path, content) for path, content in own.items()}
    sources = {name: (f"{OURS}/{name}.yaml", ours[name]) for name in used & ours.keys()} | files
    packs: dict[str, Pack] = {}
    texts: dict[str, Source] = {}
    findings: list[Finding] = []
    for name, (file, content) in sorted(sources.items()):
        pack, texts[file], faults = read_pack(content, file)
        if not re.fullmatch(KEY, name):
            message = f"`{name}` is not a valid name of a type"
            faults.append(Finding("R05", message, file=file, hint="use lower-case letters, digits and single dashes"))
        faults += [replace(finding, file=file) for finding in check_pack(pack)] if pack else []
        findings += faults
        if pack and not faults:
            packs[name] = pack
    return PackRegistry(packs, frozenset({*ours, *files})), texts, findings


def check_pack(pack: Pack) -> Iterator[Finding]:
    """The contradictions of a pack (R02, R05), with paths in its own file."""
    yield from _words(pack)
    yield from check_filters(pack)
    for name, alarm in pack.alarms.items():
        path: Path = ("alarms", name)
        yield from _kind(alarm, path)
        yield from _expression(alarm, path)
        yield from _placeholders(pack, alarm, path)
        for inside, metric in alarm.measured:
            yield from _measured(pack, alarm.needs, metric, (*path, *inside))
    if pack.objective:
        yield from _objective(pack, pack.objective)


def _objective(pack: Pack, objective: PackObjective) -> Iterator[Finding]:
    """The contradictions of the share of good events."""
    path: Path = ("objective",)
    if (objective.bad is None) == (objective.good is None):
        message = "an objective requires `bad` or `good`, but not both"
        yield Finding("R06", message, path, hint="set bad: {expression: …, metrics: {…}}", on="key")
    for kind in ("bad", "good", "total"):
        counts = getattr(objective, kind)
        if counts:
            yield from _faults(counts.expression, counts.metrics, (*path, kind, "expression"))
    known = {*pack.parameters, *GENERAL}
    for inside, metric in objective.measured:
        for key, value in metric.dimensions.items():
            at: Path = (*path, *inside, "dimensions", key)
            yield from (
                unknown_reference("R02", "parameter", word, known, at)
                for word in parameters_in(value)
                if word not in known
            )
        yield from _measured(pack, [], metric, (*path, *inside))


def _words(pack: Pack) -> Iterator[Finding]:
    for name, parameter in pack.parameters.items():
        path: Path = ("parameters", name)
        if name in RESERVED or name in pack.capacities or name in GENERAL:
            yield Finding("R05", f"`{name}` is a reserved key of entries", path, on="key", hint="use another name")
        try:
            fits = re.fullmatch(parameter.form, parameter.example) if parameter.form else True
        except re.error as error:
            yield Finding("R05", f"not a regular expression: {error}", (*path, "form"))
            continue
        if not fits:
            yield Finding("R05", "the example does not match the form", (*path, "example"))
    for name, declared in pack.capacities.items():
        if name in RESERVED or name in GENERAL:
            path = ("capacities", name)
            yield Finding("R05", f"`{name}` is a reserved key of entries", path, on="key", hint="use another name")
        try:
            capacity(declared.example, declared.unit)
        except PydanticCustomError as error:
            yield Finding("R05", error.message(), ("capacities", name, "example"))
    for name, members in pack.groups.items():
        if name in pack.alarms:
            yield Finding("R05", f"`{name}` is an alarm and cannot be a group, too", ("groups", name), on="key")
        for index, member in enumerate(members):
            if member not in pack.alarms:
                yield unknown_reference("R02", "alarm", member, pack.alarms, ("groups", name, index))


def _kind(alarm: PackAlarm, path: Path) -> Iterator[Finding]:
    """A metric with its statistic, or an expression over metrics; not both, and not half of one."""
    if sum(source is not None for source in (alarm.metric, alarm.expression, alarm.filter)) != 1:
        message = "an alarm requires one of `metric`, `expression` and `filter`"
        yield Finding("R06", message, path, hint="set metric: {namespace: …, name: …}", on="key")
    elif alarm.expression is None and alarm.statistic is None:
        yield Finding("R06", "`statistic` is missing", path, hint="add, for example, statistic: Sum", on="key")
    if alarm.expression is None and alarm.metrics:
        yield Finding("R07", "`metrics` requires an `expression`", (*path, "metrics"), on="key")
    if alarm.expression is not None and alarm.metric is None and alarm.statistic:
        message = "an expression has no statistic: each of the `metrics` has its own"
        yield Finding("R07", message, (*path, "statistic"), hint="remove it", on="key")


def _expression(alarm: PackAlarm, path: Path) -> Iterator[Finding]:
    """The faults that CloudWatch would reject in an expression, reported here and not for each entry."""
    if alarm.expression is not None:
        yield from _faults(alarm.expression, alarm.metrics, (*path, "expression"))


def _faults(expression: str, ids: Iterable[str], path: Path) -> Iterator[Finding]:
    names = list(ids)
    math = Query(free_id("e1", names), expression, is_returned=True)
    request = arrange([*(Query(key) for key in names), math])
    for fault in () if isinstance(request, MathRequest) else request:
        message = f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"
        yield Finding("R05", message, path, hint=fault.problem.hint)


def _placeholders(pack: Pack, alarm: PackAlarm, path: Path) -> Iterator[Finding]:
    """Words in braces, needs and capacities that the pack does not declare."""
    plain = {*pack.parameters, "entry"}
    names = plain | {"environment", "project"}
    texts: list[tuple[str, Path, set[str]]] = [(alarm.summary, (*path, "summary"), plain)]
    everything = names | set(PLACES)
    for inside, metric in alarm.measured:
        at: Path = (*path, *inside)
        texts += [(getattr(metric, field), (*at, field), names) for field in ("namespace", "name")]
        texts += [(value, (*at, "dimensions", key), everything) for key, value in metric.dimensions.items()]
    for text, text_path, known in texts:
        for word in parameters_in(text):
            if word not in known:
                yield unknown_reference("R02", "parameter", word, known, text_path)
    for index, word in enumerate(alarm.needs):
        if word not in pack.parameters:
            yield unknown_reference("R02", "parameter", word, pack.parameters, (*path, "needs", index))
    if isinstance(alarm.threshold, Relative) and alarm.threshold.capacity not in pack.capacities:
        yield unknown_reference(
            "R02",
            "capacity",
            alarm.threshold.capacity,
            pack.capacities,
            (*path, "threshold"),
            "declare it under capacities",
        )


def _measured(pack: Pack, needs: Sequence[str], metric: PackMetric, path: Path) -> Iterator[Finding]:
    """A metric that AWS does not publish, or not with the dimensions that entries can come to."""
    if parameters_in(metric.namespace) or parameters_in(metric.name):
        return
    namespace = lookup(metric.namespace)
    if namespace is None:
        near = did_you_mean(metric.namespace, CATALOGUE).strip() if metric.namespace.startswith("AWS/") else ""
        if near:
            message = f"unknown AWS namespace `{metric.namespace}`"
            yield Finding("R05", message, (*path, "namespace"), hint=near)
        return
    known = namespace.metrics.get(metric.name)
    if known is None:
        near = did_you_mean(metric.name, namespace.metrics).strip()
        if near or not namespace.open_ended:
            message = f"{metric.namespace} publishes no metric `{metric.name}`"
            yield Finding("R05", message, (*path, "name"), hint=near or f"see {namespace.page}")
        return
    yield from _dimensions(metric, without_left_out(pack, needs, metric), known, namespace.open_ended, path)


def _dimensions(
    metric: PackMetric, sets_of_them: Iterator[tuple[str, ...]], known: Metric, open_ended: bool, path: Path
) -> Iterator[Finding]:
    dimensions_path: Path = (*path, "dimensions")
    names = {name for dimensions in known.dimensions for name in dimensions}
    strange = [name for name in metric.dimensions if name not in names]
    for name in strange:
        near = did_you_mean(name, names).strip()
        if near or not open_ended:
            message = f"{metric.namespace} {metric.name} has no dimension `{name}`"
            hint = near or f"use its dimensions: {', '.join(sorted(names)) or 'none'}"
            yield Finding("R05", message, (*dimensions_path, name), hint=hint, on="key")
    if strange or open_ended:
        return
    for dimension_names in sets_of_them:
        if dimension_names not in known.dimensions:
            sets = "; ".join(", ".join(dimensions) or "no dimension" for dimensions in known.dimensions)
            names_text = ", ".join(dimension_names) or "no dimension"
            message = f"{metric.namespace} {metric.name} is not published by {names_text}"
            yield Finding("R05", message, dimensions_path, hint=f"use the dimensions of one of: {sets}", on="key")


def without_left_out(pack: Pack, needs: Sequence[str], metric: PackMetric) -> Iterator[tuple[str, ...]]:
    """Every set of dimensions that entries come to: with and without what they may leave out."""
    free = {
        name
        for name, parameter in pack.parameters.items()
        if parameter.optional and parameter.default is None and name not in needs
    }
    used = sorted({word for value in metric.dimensions.values() for word in parameters_in(value)} & free)
    for count in range(len(used) + 1):
        for left_out in combinations(used, count):
            filled = (
                name for name, value in metric.dimensions.items() if not set(parameters_in(value)) & set(left_out)
            )
            yield tuple(sorted(filled))
