"""The end of a takeover: which entries are proven, how the file changes, and who can remove which old alarms."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.evaluate.alarms.rule import Rule, parse
from generator.evaluate.types import Deployed
from generator.findings import parse_path
from generator.importer.beside.edits import batches
from generator.importer.beside.takeover import TakenOver, Takeover
from generator.importer.beside.transitions import Agreement
from generator.importer.compare import ImportComparison, ImportOutcome, compared
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
    captured = [*stacks]
    for key, reason in (*_unequal(takeover, captured), *_undecided(agreements, days)):
        if reason not in reasons.setdefault(key, []):
            reasons[key].append(reason)
    _keep_children(takeover, captured, reasons)
    proven = tuple(sorted(key for key, faults in reasons.items() if not faults))
    refused = {key: tuple(faults) for key, faults in sorted(reasons.items()) if faults}
    changes = [
        Edit(row.path, row.value)
        for row in takeover.restored
        if row.key in proven or (row.key.startswith("metric_filters.") and not refused)
    ]
    changes += list(_names(takeover, proven)) if keep_names else []
    for batch in batches(changes):
        text = edited(text, *batch)
    old = tuple(row for row in takeover.resources if row.key in proven or (row.type not in ALARMS and not refused))
    return Retirement(proven, refused, text, old)


def _keep_children(takeover: Takeover, stacks: Iterable[SourceStack], reasons: dict[str, list[str]]) -> None:
    """An alarm that a composite names cannot be deleted, so it stays as long as its old composite does.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
    """
    keys = {(row.account, row.region, row.name): row.key for row in takeover.resources if row.type in ALARMS}
    parents: list[tuple[str, str, list[str]]] = []
    for stack in stacks:
        place = stack.deployed.account, stack.deployed.region
        for resource in stack.deployed.template["Resources"].values():
            if resource["Type"] == COMPOSITE:
                name = str(resource["Properties"].get("AlarmName", ""))
                rule = parse(str(resource["Properties"].get("AlarmRule", "")).strip())
                plain = [_plain(child) for child in (rule.children if isinstance(rule, Rule) else ())]
                keys_of_children = [keys[(*place, child)] for child in plain if (*place, child) in keys]
                parents.append((name, keys.get((*place, name), ""), keys_of_children))
    new_names = {row.new_name for row in takeover.resources}
    changed = True
    while changed:
        changed = False
        for name, key, children in parents:
            stays = name not in new_names and (not key or bool(reasons.get(key)))
            for child in children if stays else ():
                reason = f"the composite {name}, which names it, stays"
                if not reasons[child]:
                    reasons[child].append(reason)
                    changed = True


def _plain(reference: str) -> str:
    """The name of an alarm in its ARN, or the name."""
    return reference.split(":", 6)[6] if reference.startswith("arn:") and reference.count(":") >= 6 else reference


def _undecided(agreements: Sequence[Agreement], days: float) -> Iterator[tuple[str, str]]:
    for row in agreements:
        name = row.resource.name
        if row.reason:
            yield row.resource.key, f"{name}: {row.reason}"
        elif row.days < days:
            yield row.resource.key, f"{name}: both have been there for {row.days:.1f} of {days:g} days"
        elif not row.is_agreed:
            old, new = (pluralize(len(changes), "change") for changes in (row.only_old, row.only_new))
            yield row.resource.key, f"{name}: the old alarm alone had {old}, the new one {new}"


def _unequal(takeover: Takeover, stacks: Iterable[SourceStack]) -> Iterator[tuple[str, str]]:
    """Why the new alarm of a key is not equal to the old one in AWS."""
    for resource in proof(takeover, stacks).resources:
        if resource.outcome is ImportOutcome.DIFFERS:
            yield resource.key, f"{resource.name}: {'; '.join(resource.differences)}"
        elif resource.outcome is not ImportOutcome.EQUAL and resource.key:
            yield resource.key, f"{resource.name}: {resource.reason}"


def proof(takeover: Takeover, stacks: Iterable[SourceStack]) -> ImportComparison:
    """The alarms of a capture, each old one beside its new one."""
    pairs = [row for row in takeover.resources if row.type in ALARMS]
    keys = {ResourceId(row.account, row.region, row.type, row.name): row.key for row in pairs}
    new_keys = {ResourceId(row.account, row.region, row.type, row.new_name): row.key for row in pairs}
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
        ordered = sorted(resources, key=lambda row: (row.type != COMPOSITE, row.type, row.name))
        yield f"{kind} {owner}"
        if kind == "By hand in":
            yield from (f"  {line}" for line in _commands(ordered))
        else:
            yield from (f"  {row.address}  ({_visible(row.name)}, {row.account} {row.region})" for row in ordered)


def _owner(resource: TakenOver) -> tuple[str, str]:
    if resource.kind == "terraform":
        return "Terraform", _visible(resource.file)
    if resource.kind == "template":
        return "CloudFormation", _visible(f"{resource.stack or resource.file} in {resource.account} {resource.region}")
    return "By hand in", f"{resource.account} {resource.region}, or in the stack that owns them"


def _commands(resources: Sequence[TakenOver]) -> Iterator[str]:
    composites = [row for row in resources if row.type == COMPOSITE]
    alarms = [row for row in resources if row.type in ALARMS and row.type != COMPOSITE]
    groups = [[row] for row in composites]
    groups += [alarms[start : start + _MOST_NAMES] for start in range(0, len(alarms), _MOST_NAMES)]
    for group in groups:
        names = " ".join(shlex.quote(_visible(row.name)) for row in group)
        yield f"aws cloudwatch delete-alarms --region {group[0].region} --alarm-names {names}"
    for row in resources:
        if row.type not in ALARMS:
            yield f"{row.type} {_visible(row.name)}"


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
