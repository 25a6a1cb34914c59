"""The end of a takeover: which entries are proven, how the file changes, and who can remove which old alarms."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.evaluate.types import Deployed
from generator.findings import parse_path
from generator.importer.beside.edits import batches
from generator.importer.beside.takeover import TakenOver, Takeover
from generator.importer.beside.transitions import Agreement
from generator.importer.compare import Comparison, Outcome, compared
from generator.importer.resources import ALARMS, COMPOSITE, NAME_PROPERTIES, ResourceId
from generator.importer.types import SourceStack
from generator.wording import pluralize
from generator.yaml_edits import Edit, edited

# What an alarm beside has otherwise on purpose.
_ON_PURPOSE = ("ActionsEnabled",)
# DeleteAlarms takes as many alarms, but one composite.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
_MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Retirement:
    """proven: keys whose every old alarm can be removed. refused: keys of the others, each with its reasons.

    text: the file with the proven entries switched on. old: the alarms to remove.
    """

    proven: tuple[str, ...]
    refused: Mapping[str, tuple[str, ...]]
    text: str
    old: tuple[TakenOver, ...]


def retirement(
    text: str,
    takeover: Takeover,
    stacks: Iterable[SourceStack],
    agreements: Sequence[Agreement],
    days: float,
    *,
    keep_names: bool = False,
) -> Retirement:
    """What can be retired.

    text: the file as it is now. stacks: those of the capture. days: how long both have to have agreed. keep_names:
    whether the new alarms get the names of the old ones. Raises NotEditable.
    """
    reasons: dict[str, list[str]] = {}
    for resource in takeover.resources:
        if resource.type in ALARMS:
            reasons.setdefault(resource.key, [])
    for key, reason in (*_unequal(takeover, stacks), *_undecided(agreements, days)):
        if reason not in reasons.setdefault(key, []):
            reasons[key].append(reason)
    proven = tuple(sorted(key for key, faults in reasons.items() if not faults))
    refused = {key: tuple(faults) for key, faults in sorted(reasons.items()) if faults}
    changes = [
        Edit(one.path, one.value)
        for one in takeover.restored
        if one.key in proven or (one.key.startswith("metric_filters.") and not refused)
    ]
    changes += list(_names(takeover, proven)) if keep_names else []
    for batch in batches(changes):
        text = edited(text, *batch)
    old = tuple(one for one in takeover.resources if one.key in proven or (one.type not in ALARMS and not refused))
    return Retirement(proven, refused, text, old)


def _undecided(agreements: Sequence[Agreement], days: float) -> Iterator[tuple[str, str]]:
    for one in agreements:
        name = one.resource.name
        if one.reason:
            yield one.resource.key, f"{name}: {one.reason}"
        elif one.days < days:
            yield one.resource.key, f"{name}: both have been there for {one.days:.1f} of {days:g} days"
        elif not one.is_agreed:
            old, new = (pluralize(len(changes), "change") for changes in (one.only_old, one.only_new))
            yield one.resource.key, f"{name}: the old alarm alone had {old}, the new one {new}"


def _unequal(takeover: Takeover, stacks: Iterable[SourceStack]) -> Iterator[tuple[str, str]]:
    """Why the new alarm of a key is not equal to the old one in AWS."""
    for resource in proof(takeover, stacks).resources:
        if resource.outcome is Outcome.DIFFERS:
            yield resource.key, f"{resource.name}: {'; '.join(resource.differences)}"
        elif resource.outcome is not Outcome.EQUAL and resource.key:
            yield resource.key, f"{resource.name}: {resource.reason}"


def proof(takeover: Takeover, stacks: Iterable[SourceStack]) -> Comparison:
    """The alarms of a capture, each old one beside its new one."""
    pairs = [one for one in takeover.resources if one.type in ALARMS]
    keys = {ResourceId(one.account, one.region, one.type, one.name): one.key for one in pairs}
    new_keys = {ResourceId(one.account, one.region, one.type, one.new_name): one.key for one in pairs}
    metrics = dict(takeover.metrics)
    before, after = [], []
    for stack in stacks:
        old, new = dict[str, Any](), dict[str, Any]()
        for logical_id, resource in stack.deployed.template["Resources"].items():
            properties = {name: value for name, value in resource["Properties"].items() if name not in _ON_PURPOSE}
            name = properties.get(NAME_PROPERTIES.get(resource["Type"], ""), "")
            id_ = ResourceId(stack.deployed.account, stack.deployed.region, resource["Type"], str(name))
            if id_ in keys:
                old[logical_id] = {**resource, "Properties": properties}
            if id_ in new_keys:
                metadata = {"obsgen": {"path": new_keys[id_]}}
                plain = _with_metrics(properties, metrics)
                new[logical_id] = {"Type": resource["Type"], "Properties": plain, "Metadata": metadata}
        before.append(replace(stack, deployed=_with(stack.deployed, old)))
        after.append(_with(stack.deployed, new))
    return compared(before, after, keys)


def _with(deployed: Deployed, resources: Mapping[str, Any]) -> Deployed:
    return replace(deployed, template={"Resources": resources})


def _with_metrics(value: Any, metrics: Mapping[str, str]) -> Any:
    """Properties with the metrics of the old filters instead of those beside."""
    if isinstance(value, Mapping):
        changed = {name: _with_metrics(part, metrics) for name, part in value.items()}
        old = metrics.get(f"{value.get('Namespace')}/{value.get('MetricName')}")
        return {**changed, "MetricName": old.rpartition("/")[2]} if old else changed
    return [_with_metrics(part, metrics) for part in value] if isinstance(value, list) else value


def _names(takeover: Takeover, proven: Sequence[str]) -> Iterator[Edit]:
    """The names of the old alarms, where an entry was only one."""
    by_key: dict[str, set[str]] = {}
    for resource in takeover.resources:
        if resource.type in ALARMS:
            by_key.setdefault(resource.key, set()).add(resource.name)
    for key in proven:
        names = by_key.get(key, set())
        if len(names) == 1:
            (name,) = names
            yield Edit((*parse_path(key), "name"), name.replace("{", "{{").replace("}", "}}"))


def removals(old: Iterable[TakenOver]) -> Iterator[str]:
    """Who removes which old alarm, and how; composites first, because alarms that they name cannot be deleted."""
    groups: dict[tuple[str, str], list[TakenOver]] = {}
    for resource in old:
        groups.setdefault(_owner(resource), []).append(resource)
    for (kind, owner), resources in sorted(groups.items()):
        ordered = sorted(resources, key=lambda one: (one.type != COMPOSITE, one.type, one.name))
        yield f"{kind} {owner}"
        if kind == "By hand in":
            yield from (f"  {line}" for line in _commands(ordered))
        else:
            yield from (f"  {one.address}  ({_visible(one.name)}, {one.account} {one.region})" for one in ordered)


def _owner(resource: TakenOver) -> tuple[str, str]:
    if resource.kind == "terraform":
        return "Terraform", _visible(resource.file)
    if resource.kind == "template":
        return "CloudFormation", _visible(f"{resource.stack or resource.file} in {resource.account} {resource.region}")
    return "By hand in", f"{resource.account} {resource.region}, or in the stack that owns them"


def _commands(resources: Sequence[TakenOver]) -> Iterator[str]:
    composites = [one for one in resources if one.type == COMPOSITE]
    others = [one for one in resources if one.type in ALARMS and one.type != COMPOSITE]
    groups = [[one] for one in composites]
    groups += [others[start : start + _MOST_NAMES] for start in range(0, len(others), _MOST_NAMES)]
    for group in groups:
        names = " ".join(shlex.quote(_visible(one.name)) for one in group)
        yield f"aws cloudwatch delete-alarms --region {group[0].region} --alarm-names {names}"
    for one in resources:
        if one.type not in ALARMS:
            yield f"{one.type} {_visible(one.name)}"


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
