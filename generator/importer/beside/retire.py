"""The end of a takeover: which entries are proven, how the file changes, and who can remove which old alarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.evaluate.alarms.rule import Rule, parse
from generator.evaluate.types import Deployed
from generator.findings import parse_path
from generator.importer.beside.edits import batches
from generator.importer.beside.entry_values import EntryValues
from generator.importer.beside.takeover import Restored, TakenOver, Takeover
from generator.importer.beside.transitions import Agreement
from generator.importer.compare import ImportComparison, ImportOutcome, compared
from generator.importer.resources import ALARMS, COMPOSITE, NAME_PROPERTIES, ResourceId
from generator.importer.types import SourceStack
from generator.wording import pluralize
from generator.yaml_edits import Edit, edited

# What an alarm beside has otherwise on purpose.
_ON_PURPOSE = ("ActionsEnabled",)


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
    values, by_key = EntryValues(text), _by_key(takeover.restored)
    captured, missing = [*stacks], {row.resource for row in agreements if row.is_old_missing}
    on = {key for key in {row.key for row in takeover.resources} if values.is_on(by_key.get(key, ()))}
    # What was switched on before, and whose old alarm has been removed since, is done.
    done = {row for row in missing if row.key in on}
    reasons: dict[str, list[str]] = {}
    for resource in takeover.resources:
        if resource.type in ALARMS and resource not in done:
            reasons.setdefault(resource.key, [])
    pairs = [row for row in agreements if row.resource not in done]
    faults = ((key, fault) for key in reasons for fault in values.faults(key, by_key.get(key, ())))
    for key, reason in (*faults, *_unequal(takeover, captured), *_undecided(pairs, days)):
        if key in reasons and reason not in reasons[key]:
            reasons[key].append(reason)
    parents = [*_composites(takeover, captured)]
    _keep_children(takeover, parents, reasons)
    proven = tuple(sorted(key for key, faults in reasons.items() if not faults))
    refused = {key: tuple(faults) for key, faults in sorted(reasons.items()) if faults}
    rows = (row for row in takeover.restored if row.key in proven or (_is_of_filter(row.key) and not refused))
    changes = [Edit(row.path, row.value) for row in values.to_restore(rows)]
    changes += list(_names(takeover, proven)) if keep_names else []
    for batch in batches(changes):
        text = edited(text, *batch)
    old = [
        row
        for row in takeover.resources
        if (row.key in proven and row not in missing) or (row.type not in ALARMS and changes and not refused)
    ]
    levels = _levels(parents)
    old.sort(key=lambda row: (levels.get((row.account, row.region, row.name), 0), row.account, row.region, row.name))
    return Retirement(proven, refused, text, (*old,))


def _by_key(rows: Iterable[Restored]) -> dict[str, list[Restored]]:
    by_key: dict[str, list[Restored]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    return by_key


def _is_of_filter(key: str) -> bool:
    return key.startswith("metric_filters.")


@dataclass(frozen=True, slots=True)
class _Parent:
    """A composite that is in AWS. key: of its entry, if it is an old one; children: the alarms that it names."""

    account: str
    region: str
    name: str
    key: str
    children: tuple[str, ...]


def _composites(takeover: Takeover, stacks: Iterable[SourceStack]) -> Iterator[_Parent]:
    keys = {(row.account, row.region, row.name): row.key for row in takeover.resources if row.type in ALARMS}
    for stack in stacks:
        place = stack.deployed.account, stack.deployed.region
        for resource in stack.deployed.template["Resources"].values():
            if resource["Type"] == COMPOSITE:
                properties = resource["Properties"]
                name = str(properties.get("AlarmName", ""))
                rule = parse(str(properties.get("AlarmRule", "")).strip())
                children = rule.children if isinstance(rule, Rule) else ()
                references = [_plain(child) for child in (*children, str(properties.get("ActionsSuppressor")))]
                yield _Parent(*place, name, keys.get((*place, name), ""), tuple(references))


def _levels(parents: Sequence[_Parent]) -> dict[tuple[str, str, str], int]:
    """How deep each composite is in others: those that no other names come first."""
    levels = {(parent.account, parent.region, parent.name): 0 for parent in parents}
    # Composites may name each other in a circle, of which none can be deleted.
    for _ in range(len(parents)):
        changed = False
        for parent in parents:
            level = levels[parent.account, parent.region, parent.name] + 1
            for child in parent.children:
                place = parent.account, parent.region, child
                if place in levels and levels[place] < level <= len(parents):
                    levels[place] = level
                    changed = True
        if not changed:
            break
    return levels


def _keep_children(takeover: Takeover, parents: Sequence[_Parent], reasons: dict[str, list[str]]) -> None:
    """An alarm that a composite names cannot be deleted, so it stays as long as its old composite does. One that
    suppresses the actions of a composite stays, too: without it, they are not suppressed.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
    """
    keys = {(row.account, row.region, row.name): row.key for row in takeover.resources if row.type in ALARMS}
    new_names = {(row.account, row.region, row.new_name) for row in takeover.resources}
    changed = True
    while changed:
        changed = False
        for parent in parents:
            is_new = (parent.account, parent.region, parent.name) in new_names
            stays = not is_new and (not parent.key or bool(reasons.get(parent.key)))
            for child in parent.children if stays else ():
                key = keys.get((parent.account, parent.region, child), "")
                reason = f"the composite {parent.name}, which names it, stays"
                if key in reasons and not reasons[key]:
                    reasons[key].append(reason)
                    changed = True


def _plain(reference: str) -> str:
    """The name of an alarm in its ARN, or the name."""
    return reference.split(":", 6)[6] if reference.startswith("arn:") and reference.count(":") >= 6 else reference


def _undecided(agreements: Sequence[Agreement], days: float) -> Iterator[tuple[str, str]]:
    for row in agreements:
        name = row.resource.name
        if row.is_old_missing:
            hint = "if it was removed, nothing calls: switch the entry on by hand"
            yield row.resource.key, f"{name}: {row.reason}; {hint}"
        elif row.reason:
            yield row.resource.key, f"{name}: {row.reason}"
        elif not row.days >= days:
            yield row.resource.key, f"{name}: both have been there for {row.days:.1f} of {days:g} days"
        elif not row.is_agreed:
            old, new = (pluralize(len(changes), "change") for changes in (row.only_old, row.only_new))
            if row.only_old or row.only_new:
                yield row.resource.key, f"{name}: the old alarm alone had {old}, the new one {new}"
            if row.states:
                yield row.resource.key, f"{name}: the old alarm is {row.states[0]}, the new one {row.states[1]}"


def _unequal(takeover: Takeover, stacks: Iterable[SourceStack]) -> Iterator[tuple[str, str]]:
    """Why the new alarm of a key is not equal to the old one in AWS."""
    for resource in proof(takeover, stacks).resources:
        if resource.outcome is ImportOutcome.ADDED or not resource.new_name:
            continue  # one of the two is not in the capture, which the pair's own reason says
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
    return compared(before, after, keys, sides=("of the old alarm", "of the new one"))


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
