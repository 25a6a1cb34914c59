"""Templates over stacks: each side's template, the map of the last build, and what both make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.findings import Finding, Mark, Path, parse_path
from generator.manifest import MANIFEST, listed_templates
from generator.shards.assignments import FILLED, FIRST, Conflict, Overfull, ShardAssignments, assign_stacks
from generator.shards.pieces import LATE, MOVABLE, pieces
from generator.shards.split import split
from generator.shards.text import SHARDS, SIDES, NotAMap, map_text, read_map

Template = Mapping[str, Any]
_FILE = re.compile(r"(hub|member)(?:-([1-9][0-9]{0,3}))?\.template\.yaml")
# How messages call the sides.
_WORDS = dict(zip(SIDES, ("hub", "members"), strict=True))


@dataclass(frozen=True, slots=True)
class Spread:
    """One environment's stacks. templates: by file, of each side in the order of the rollout. places: by side.

    map: the text of shards.yaml; empty where there is none.
    """

    templates: Mapping[str, dict[str, Any]]
    places: Mapping[str, ShardAssignments] = field(default_factory=dict)
    map: str = ""
    findings: tuple[Finding, ...] = ()


def file_of(side: str, number: int) -> str:
    """The file of a stack's template: `member.template.yaml` of the first, `member-2.template.yaml` of the second."""
    return f"{side}.template.yaml" if number == FIRST else f"{side}-{number}.template.yaml"


def stack_of(file: str) -> tuple[str, int] | None:
    """The side and number of a template's file; None where it is no such file."""
    match = _FILE.fullmatch(file)
    return (match[1], int(match[2] or FIRST)) if match and match[2] != str(FIRST) else None


def spread(
    templates: Mapping[str, Template], before: Mapping[str, bytes], parse: Callable[[str], Template], folder: str
) -> Spread:
    """The stack of each resource, and the stacks' templates.

    templates: by side. before: the texts of the last build, by file. parse: a template's text to data. folder: of those
    files, as messages show it.
    """
    try:
        known = read_map(before[SHARDS].decode("utf-8", "replace")) if SHARDS in before else {}
    except NotAMap as error:
        hint = "use the newest version that both branches have and run `obsgen build`, or run `obsgen shards rebuild`"
        wrong = Finding("M01", f"{error}", mark=Mark(error.line, 1), file=f"{folder}/{SHARDS}", hint=hint)
        return _first_alone(templates, wrong)
    if is_lost(before):
        message = f"there were several stacks, but neither {SHARDS} nor their templates show what each contains"
        return _first_alone(templates, _lost(folder, message))
    places: dict[str, ShardAssignments] = {}
    findings: list[Finding] = []
    for side, template in templates.items():
        was = known.get(side, ShardAssignments())
        if was.numbers == (FIRST,) and not was.retired and not is_full(template):
            places[side] = ShardAssignments()
            continue
        if not was.stacks:
            try:
                was = shown_by(before, side, parse)
            except NotATemplate as error:
                return _first_alone(templates, _lost(folder, f"{error.file} was not written by a build"))
        places[side], conflicts = assign_stacks(pieces(template), was)
        findings += [
            _overfull(conflict, side, folder) if isinstance(conflict, Overfull) else _conflict(conflict, side, template)
            for conflict in conflicts
        ]
    if any(assigned.numbers != (FIRST,) or assigned.retired for assigned in places.values()):
        places = {
            side: assigned if assigned.stacks else _all_first(templates[side]) for side, assigned in places.items()
        }
    spread_files = {
        file_of(side, number): template
        for side in templates
        for number, template in split(templates[side], places[side]).items()
    }
    return Spread(spread_files, places, map_text(places), tuple(findings))


def is_full(template: Template) -> bool:
    """True if one stack has no room for all of it."""
    return (
        len(template["Resources"]) > FILLED.resources
        or len(template.get("Parameters", {})) > FILLED.parameters
        or len(template.get("Outputs", {})) > FILLED.outputs
        or len(json.dumps(template["Resources"])) > FILLED.characters
    )


class NotATemplate(Exception):
    """A file of out/ is not what a build wrote."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file


def _types(files: Mapping[str, bytes], file: str, parse: Callable[[str], Template]) -> dict[str, str]:
    """The types of a template's resources, by logical id. Raises NotATemplate."""
    import yaml

    try:
        types = dict(parse(files[file].decode()).get("Resources", {}))
        return {name: resource.get("Type", "") for name, resource in types.items()}
    except (AttributeError, RecursionError, TypeError, ValueError, yaml.YAMLError):
        raise NotATemplate(file) from None


def shown_by(files: Mapping[str, bytes], side: str, parse: Callable[[str], Template]) -> ShardAssignments:
    """The map that templates show: what is in a template is in its stack. Raises NotATemplate."""
    stacks: dict[str, int] = {}
    late: set[int] = set()
    for file in sorted(files):
        stack = stack_of(file)
        if not stack or stack[0] != side:
            continue
        for logical_id, kind in _types(files, file, parse).items():
            if kind in MOVABLE:
                stacks[logical_id] = stack[1]
            if kind in LATE and stack[1] != FIRST:
                late.add(stack[1])
    return ShardAssignments(stacks, frozenset(late))


def whole(stacks: Mapping[str, Template]) -> dict[str, Template]:
    """Each side's template with what all its stacks have, by the file of the first; what crosses stays a name.

    stacks: by file.
    """
    templates: dict[str, dict[str, Any]] = {}
    for file, template in stacks.items():
        side, _ = stack_of(file) or ("", 0)
        known = templates.setdefault(file_of(side, FIRST), {})
        for section, value in template.items():
            known[section] = {**known.get(section, {}), **value} if isinstance(value, dict) else value
    return dict(templates)


def is_lost(before: Mapping[str, bytes]) -> bool:
    """True if there were several stacks, and neither the map nor their templates say what each of them has."""
    if SHARDS in before or MANIFEST not in before:
        return False
    listed = [file for file in listed_templates(before[MANIFEST]) if stack_of(file)]
    return len(listed) > len(SIDES) and any(file not in before for file in listed)


def _all_first(template: Template) -> ShardAssignments:
    ids = (name for name, resource in template["Resources"].items() if resource["Type"] in MOVABLE)
    return ShardAssignments(dict.fromkeys(ids, FIRST))


def _first_alone(templates: Mapping[str, Template], wrong: Finding) -> Spread:
    return Spread({file_of(side, FIRST): dict(template) for side, template in templates.items()}, findings=(wrong,))


def _lost(folder: str, message: str) -> Finding:
    hint = f"restore it from Git, or from the deployed stacks: obsgen shards rebuild --from-aws -e {folder}"
    return Finding("M02", message, mark=Mark(1, 1), file=f"{folder}/{MANIFEST}", hint=hint)


def _overfull(overfull: Overfull, side: str, folder: str) -> Finding:
    message = (
        f"stack {overfull.stack} of the {_WORDS[side]} has {overfull.count} {overfull.what} by {SHARDS}, and"
        f" the CloudFormation limit is {overfull.most}"
    )
    hint = (
        f"where two branches filled it: git checkout <the branch that is deployed> -- out/{folder}/{SHARDS}, and"
        " `obsgen build`; where it grew: `obsgen shards move` something"
    )
    return Finding("M04", message, mark=Mark(1, 1), file=f"{folder}/{SHARDS}", hint=hint)


def _conflict(conflict: Conflict, side: str, template: Template) -> Finding:
    name, other = conflict.logical_id, conflict.needs
    stack, needed_stack = conflict.stack, conflict.needs_stack
    needs = (
        f"{other}, which it needs, in stack {needed_stack}" if other else "what it requires is now in the first stack"
    )
    message = f"{name} is in stack {stack} of the {_WORDS[side]}, and {needs}"
    move = ".".join(str(step) for step in _path(template, name)[:2])
    return Finding(
        "M03", message, _path(template, name), hint=f"run `obsgen shards move {move}` to move it",
        where=f"{file_of(side, stack)}: {name}", on="key",
    )  # fmt: skip


def _path(template: Template, logical_id: str) -> Path:
    return parse_path(template["Resources"][logical_id].get("Metadata", {}).get("obsgen", {}).get("path", ""))
