"""Who removes which old alarm, and how: by their own tools, or by commands that mean the same to a shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from generator.importer.beside.takeover import TakenOver
from generator.importer.resources import ALARMS, COMPOSITE
from generator.wording import visible

# DeleteAlarms takes as many alarms, but one composite.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
_MOST_NAMES = 100
# The CLI reads a value that begins with `[` as JSON, one with `-` as an option, and one with `file://` as a file's.
# https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
# https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html
_PLAIN = re.compile(r"(?!(?:fileb?|https?)://)[^\W_].*", re.DOTALL)


def removals(old: Iterable[TakenOver]) -> Iterator[str]:
    """The lines of each owner; composites first, in their order, because alarms that they name cannot be deleted."""
    groups: dict[tuple[str, str], list[TakenOver]] = {}
    for resource in old:
        groups.setdefault(_owner(resource), []).append(resource)
    for (kind, owner), resources in sorted(groups.items()):
        ordered = sorted(resources, key=_position)
        yield f"{kind} {owner}"
        if kind == "By hand in":
            yield from (f"  {line}" for line in _commands(ordered))
        else:
            for row in ordered:
                yield visible(f"  {row.address}  ({row.name}, {row.account} {row.region})")


def _position(resource: TakenOver) -> tuple[bool, str, str]:
    is_composite = resource.type == COMPOSITE
    return (not is_composite, resource.type, "" if is_composite else resource.name)


def _owner(resource: TakenOver) -> tuple[str, str]:
    if resource.kind == "terraform":
        return "Terraform", visible(resource.file)
    if resource.kind == "template":
        return "CloudFormation", visible(f"{resource.stack or resource.file} in {resource.account} {resource.region}")
    return "By hand in", visible(f"{resource.account} {resource.region}, or in the stack that owns them")


def _commands(resources: Sequence[TakenOver]) -> Iterator[str]:
    composites = [row for row in resources if row.type == COMPOSITE]
    alarms = [row for row in resources if row.type in ALARMS and row.type != COMPOSITE]
    groups = [[row] for row in composites]
    groups += [alarms[start : start + _MOST_NAMES] for start in range(0, len(alarms), _MOST_NAMES)]
    for group in groups:
        region = shlex.quote(visible(group[0].region))
        yield f"aws cloudwatch delete-alarms --region {region} --alarm-names {_names([row.name for row in group])}"
    for row in resources:
        if row.type not in ALARMS:
            yield visible(f"{row.type} {row.name}")


def _names(names: Sequence[str]) -> str:
    """The names as words of a shell; as one of JSON where the CLI would take one for something else."""
    if all(name.isprintable() and _PLAIN.fullmatch(name) for name in names):
        return " ".join(map(shlex.quote, names))
    return shlex.quote(json.dumps([*names], ensure_ascii=not all(name.isprintable() for name in names)))
