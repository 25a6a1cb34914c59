"""Intermediate templates, if a resource that other stacks name is deleted, or if a resource changes its stack.

CloudWatch deletes no alarm that a composite names, and rejects a composite whose alarms do not exist. So a stack that
loses an alarm that a later one names keeps it until the later one has changed. And two alarms cannot have one name: one
that changes its stack is deleted in the old one before it is created in the new one.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.shards.pieces import LATE, name_property
from generator.shards.presence import Own, ParameterValues, keeping, may_be_removed, values_keeping, with_new_parameters
from generator.shards.references import references

Template = Mapping[str, Any]
_WORDS = re.compile(r"[\w./#-]+")
LOG_GROUP = "AWS::Logs::LogGroup"
# What AWS refuses to let be without its alarms; and what it does not make without what it names.
_KEEPS = ("AWS::CloudWatch::CompositeAlarm",)
_WAITS = (*LATE, "AWS::CloudWatch::InsightRule", "AWS::Logs::MetricFilter")


@dataclass(frozen=True, slots=True)
class InterimShard:
    """An intermediate template. values: parameters that accounts have of their own, by account and name."""

    template: Template
    values: Own


@dataclass(frozen=True, slots=True)
class DeployedShards:
    """One side's stacks as they are. recorded: of the last complete rollout; there: at AWS, which a rollout that was
    cut off may have left. By file. Of a stack set whose update failed somewhere, an account may have either.
    """

    recorded: Mapping[str, Template]
    there: Mapping[str, Template]

    def words(self) -> dict[str, frozenset[str]]:
        """Whatever the composites of each stack may name."""
        files = self.recorded.keys() | self.there.keys()
        versions = self.recorded, self.there
        return {
            file: frozenset().union(*(_words(templates.get(file, {}), _KEEPS) for templates in versions))
            for file in files
        }


def keeping_named(
    former: DeployedShards, after: Mapping[str, Template], values: Mapping[str, ParameterValues]
) -> dict[str, InterimShard]:
    """The templates with resources that others still name, of those stacks that lose such a resource, in all or some
    accounts.

    after: the desired stacks, by file. values: the accounts' own, by file.
    """
    words, everything = (
        former.words(),
        {logical_id for stack_template in after.values() for logical_id in _ids(stack_template)},
    )
    interim = {}
    for file, template in after.items():
        was, own = former.there.get(file, {}), values.get(file, ParameterValues())
        words_of_others = [words_of_other for other, words_of_other in words.items() if other != file]
        named_ids = [
            logical_id for logical_id in sorted(_ids(was)) if _is_named(was["Resources"][logical_id], words_of_others)
        ]
        lost = [logical_id for logical_id in named_ids if logical_id not in everything]
        remaining = [logical_id for logical_id in named_ids if logical_id in _ids(template)]
        changed = [logical_id for logical_id in remaining if may_be_removed(logical_id, was, template, own)]
        if lost or changed:
            staying_template = keeping(template, was, lost, changed)
            interim[file] = InterimShard(
                staying_template, values_keeping(staying_template, template, was, changed, own)
            )
    return interim


def declared_first(
    former: DeployedShards, after: Mapping[str, Template], values: Mapping[str, ParameterValues]
) -> dict[str, InterimShard]:
    """The stacks of composites that are updated first with the accounts that have their alarms, by file."""
    interim = {}
    for file, template in after.items():
        was = former.there.get(file)
        if was is None or not any(resource["Type"] in _KEEPS for resource in template["Resources"].values()):
            continue
        declared = with_new_parameters(was, template, values.get(file, ParameterValues()))
        if declared:
            interim[file] = InterimShard(*declared)
    return interim


def named_by_others(logical_id: str, number: int, stacks: Mapping[int, Template]) -> frozenset[str]:
    """The composites in other stacks that name a resource. number: of its stack."""
    resource = stacks[number]["Resources"][logical_id]
    return frozenset(
        other
        for at, template in stacks.items()
        for other, body in template["Resources"].items()
        if at != number
        and body["Type"] in _KEEPS
        and _is_named(resource, [_words({"Resources": {other: body}}, _KEEPS)])
    )


def removed_with_named(former: DeployedShards, after: Mapping[str, Template]) -> frozenset[str]:
    """The files of stacks that are there no more, and had what composites of others named."""
    words = former.words()
    return frozenset(
        file
        for stacks in (former.recorded, former.there)
        for file, template in stacks.items()
        if file not in after
        and any(
            _is_named(resource, [words_of_other for other, words_of_other in words.items() if other != file])
            for resource in template["Resources"].values()
        )
    )


def without_moved_resources(
    former: DeployedShards, after: Mapping[str, Template], values: Mapping[str, ParameterValues]
) -> dict[str, InterimShard]:
    """The deployed templates without resources that move to another stack, of those stacks that lose such a
    resource.
    """
    now = {logical_id: file for file, template in after.items() for logical_id in _ids(template)}
    templates = {}
    for file, template in former.there.items():
        had = _ids(template) | _ids(former.recorded.get(file, {}))
        if any(now.get(logical_id, file) != file for logical_id in had):
            moved = {logical_id for logical_id in _ids(template) if now.get(logical_id, file) != file}
            own = {
                account: {name: value for name, value in rows.items() if name in template.get("Parameters", {})}
                for account, rows in values.get(file, ParameterValues()).was.items()
            }
            templates[file] = InterimShard(_without(template, moved) if moved else template, own)
    return templates


def changing(before: Mapping[str, Template], after: Mapping[str, Template]) -> list[str]:
    """The resources that change their stack; sorted."""
    now = {logical_id: file for file, template in after.items() for logical_id in _ids(template)}
    return sorted(
        logical_id
        for file, template in before.items()
        for logical_id in _ids(template)
        if now.get(logical_id, file) != file
    )


def cannot_leave(former: DeployedShards, after: Mapping[str, Template]) -> Iterator[tuple[str, str]]:
    """The resources that move to another stack and cannot be deleted in their own: logical ID, and reason."""
    now = {logical_id: file for file, template in after.items() for logical_id in _ids(template)}
    words = {file: words_of_file for file, words_of_file in former.words().items() if file in after}
    for file, template in former.there.items():
        words_of_others = [words_of_other for other, words_of_other in words.items() if other != file]
        for kept_id in sorted(_ids(template)):
            if now.get(kept_id, file) == file:
                continue
            if template["Resources"][kept_id]["Type"] == LOG_GROUP:
                yield kept_id, "is a log group, which would be deleted with all its lines"
            elif _is_named(template["Resources"][kept_id], words_of_others):
                yield kept_id, "is an alarm that a composite of another stack names, and CloudWatch does not delete it"


def rollout_order(templates: Mapping[str, Template]) -> dict[str, frozenset[str]]:
    """The files of the stacks that have something that a stack names: they are rolled out before it.

    templates: in the order of the rollout.
    """
    waiting, earlier = {}, dict[str, Template]()
    for file, template in templates.items():
        words = _words(template, _WAITS)
        waiting[file] = frozenset(
            other
            for other, earlier_template in earlier.items()
            if any(_is_named(resource, [words]) for resource in earlier_template["Resources"].values())
        )
        earlier[file] = template
    return waiting


def _ids(template: Template) -> set[str]:
    return set(template.get("Resources", {}))


def _words(template: Template, kinds: Collection[str]) -> frozenset[str]:
    """Whatever may be a name in what a template's resources of some kinds say."""
    chosen = [
        properties["Properties"] for properties in template.get("Resources", {}).values() if properties["Type"] in kinds
    ]
    return frozenset(word for text in _texts(chosen) for word in (text, *_WORDS.findall(text)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        yield json.dumps(value, sort_keys=True) if len(value) == 1 else ""
        for key, inner in value.items():
            # Words for people name nothing.
            yield from _texts(inner) if key != "AlarmDescription" else ()


def _is_named(resource: Mapping[str, Any], words_of_others: Collection[Collection[str]]) -> bool:
    key = name_property(resource)
    name = resource["Properties"][key] if key else ""
    text = name if isinstance(name, str) else json.dumps(name, sort_keys=True)
    return bool(text) and any(text in words for words in words_of_others)


def _without(template: Template, ids: Collection[str]) -> Template:
    """A template less resources, and less the outputs about them."""
    outputs = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if not (references(output).names | references(output).attributes) & set(ids)
    }
    resources = {name: resource for name, resource in template["Resources"].items() if name not in ids}
    remaining = {**template, "Resources": resources, "Outputs": outputs}
    return {name: section for name, section in remaining.items() if name != "Outputs" or section}
