"""What has to happen in between where what other stacks name goes, or where a resource changes its stack.

CloudWatch deletes no alarm that a composite names, and takes no composite whose alarms are not there. So a stack that
loses what a later one named keeps it until the later one has changed. And a name is one alarm's: what goes from one
stack to another is deleted in the one before it is made in the other.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from generator.shards.pieces import LATE, Closure, name_property
from generator.shards.references import references

Template = Mapping[str, Any]
_WORDS = re.compile(r"[\w./#-]+")
# What AWS refuses to let be without its alarms; and what it does not make without what it names.
_KEEPS = ("AWS::CloudWatch::CompositeAlarm",)
_WAITS = (*LATE, "AWS::CloudWatch::InsightRule", "AWS::Logs::MetricFilter")


def kept(before: Mapping[str, Template], after: Mapping[str, Template]) -> dict[str, Template]:
    """The templates that still have what others named, of those stacks that lose such a thing.

    before: as they were rolled out, by file. after: as they are to be.
    """
    users = {file: _words(template, _KEEPS) for file, template in before.items()}
    found = {}
    for file, template in after.items():
        others = [words for other, words in users.items() if other != file]
        lost = _ids(before.get(file, {})) - {one for each in after.values() for one in _ids(each)}
        named = [one for one in sorted(lost) if _is_named(before[file]["Resources"][one], others)]
        if named:
            found[file] = _with(template, before[file], named)
    return found


def named_by_others(logical_id: str, number: int, stacks: Mapping[int, Template]) -> frozenset[str]:
    """The composites in other stacks that name a resource. number: of its stack."""
    resource = stacks[number]["Resources"][logical_id]
    return frozenset(
        other
        for at, template in stacks.items()
        for other, one in template["Resources"].items()
        if at != number and one["Type"] in _KEEPS and _is_named(resource, [_words({"Resources": {other: one}}, _KEEPS)])
    )


def lost_with(before: Mapping[str, Template], after: Mapping[str, Template]) -> frozenset[str]:
    """The files of stacks that are there no more, and had what composites of others named."""
    users = {file: _words(template, _KEEPS) for file, template in before.items()}
    return frozenset(
        file
        for file, template in before.items()
        if file not in after
        and any(
            _is_named(one, [words for other, words in users.items() if other != file])
            for one in template["Resources"].values()
        )
    )


def without_moved(before: Mapping[str, Template], after: Mapping[str, Template]) -> dict[str, Template]:
    """The templates as they were, less what is in another stack from now on, of those stacks that lose such a thing."""
    gone = {logical_id for logical_id, _ in changing(before, after)}
    found = {}
    for file, template in before.items():
        moved = gone & _ids(template)
        if moved:
            found[file] = _without(template, moved)
    return found


def changing(before: Mapping[str, Template], after: Mapping[str, Template]) -> list[tuple[str, str]]:
    """The resources that change their stack, with their types; sorted."""
    now = {logical_id: file for file, template in after.items() for logical_id in _ids(template)}
    return sorted(
        (logical_id, str(template["Resources"][logical_id]["Type"]))
        for file, template in before.items()
        for logical_id in _ids(template)
        if now.get(logical_id, file) != file
    )


def waits(templates: Mapping[str, Template]) -> dict[str, frozenset[str]]:
    """The files of the stacks that have something that a stack names: they are rolled out before it.

    templates: in the order of the rollout.
    """
    found, earlier = {}, dict[str, Template]()
    for file, template in templates.items():
        words = _words(template, _WAITS)
        found[file] = frozenset(
            other
            for other, each in earlier.items()
            if any(_is_named(one, [words]) for one in each["Resources"].values())
        )
        earlier[file] = template
    return found


def _ids(template: Template) -> set[str]:
    return set(template.get("Resources", {}))


def _words(template: Template, kinds: Collection[str]) -> frozenset[str]:
    """Whatever may be a name in what a template's resources of some kinds say."""
    chosen = [one["Properties"] for one in template.get("Resources", {}).values() if one["Type"] in kinds]
    return frozenset(word for text in _texts(chosen) for word in (text, *_WORDS.findall(text)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        yield json.dumps(value, sort_keys=True) if len(value) == 1 else ""
        for key, one in value.items():
            # Words for people name nothing.
            yield from _texts(one) if key != "AlarmDescription" else ()


def _is_named(resource: Mapping[str, Any], others: Collection[Collection[str]]) -> bool:
    key = name_property(resource)
    name = resource["Properties"][key] if key else ""
    text = name if isinstance(name, str) else json.dumps(name, sort_keys=True)
    return bool(text) and any(text in words for words in others)


def _with(template: Template, before: Template, ids: Collection[str]) -> Template:
    """A template and resources that it had, with what these need."""
    closure = Closure(before)
    used = [references(before["Resources"][one]) for one in ids]
    needs = {
        "Parameters": frozenset().union(*map(closure.parameters, used)),
        "Mappings": frozenset().union(*map(closure.mappings, used)),
        "Conditions": frozenset().union(*map(closure.conditions, used)),
        "Resources": frozenset(ids),
    }
    had = {section: {one: before[section][one] for one in sorted(names)} for section, names in needs.items() if names}
    return {**template, **{section: {**some, **template.get(section, {})} for section, some in had.items()}}


def _without(template: Template, ids: Collection[str]) -> Template:
    """A template less resources, and less the outputs about them."""
    outputs = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if not (references(output).names | references(output).attributes) & set(ids)
    }
    resources = {name: resource for name, resource in template["Resources"].items() if name not in ids}
    made = {**template, "Resources": resources, "Outputs": outputs}
    return {name: section for name, section in made.items() if name != "Outputs" or section}
