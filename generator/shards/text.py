"""The map of an environment's stacks in out/: YAML with one line for each resource, sorted.

It is read line by line: a map of 30,000 lines is read on every build, and has nothing but these lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from generator.shards.assignments import FIRST, ShardAssignments

SHARDS = "shards.yaml"
SIDES = ("hub", "member")
_HEADING = "# Which stack each resource is in. Written by `obsgen build`; commit it with the templates.\nversion: 1\n"
_RESOURCE = re.compile(r"(hub|member)\.([A-Za-z0-9]{1,255}): ([1-9][0-9]{0,3})")
_STACKS = re.compile(r"(hub|member) (composites|retired): \[((?:[1-9][0-9]{0,3}(?:, )?)+)\]")


class NotAMap(Exception):
    """The text is not a map of stacks. line: where, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def map_text(places: Mapping[str, ShardAssignments]) -> str:
    """The file's text, by side; empty where one stack has everything of each side, and had before."""
    if all(assignment.numbers == (FIRST,) and not assignment.retired for assignment in places.values()):
        return ""
    return whole_text(places)


def whole_text(places: Mapping[str, ShardAssignments]) -> str:
    """The file's text, though one stack has everything."""
    return _HEADING + "".join(f"{line}\n" for side in SIDES if side in places for line in _lines(side, places[side]))


def _lines(side: str, places: ShardAssignments) -> list[str]:
    listed = {"composites": sorted(places.late), "retired": sorted(places.retired)}
    of_stacks = [f"{side} {word}: [{', '.join(map(str, numbers))}]" for word, numbers in listed.items() if numbers]
    return [*of_stacks, *(f"{side}.{name}: {number}" for name, number in sorted(places.stacks.items()))]


def read_map(text: str) -> dict[str, ShardAssignments]:
    """The stacks of each side's resources. Raises NotAMap."""
    stacks: dict[str, dict[str, int]] = {side: {} for side in SIDES}
    listed: dict[tuple[str, str], frozenset[int]] = {}
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#") or line == "version: 1":
            continue
        if match := _RESOURCE.fullmatch(line):
            side, name, number = match[1], match[2], int(match[3])
            if stacks[side].setdefault(name, number) != number:
                raise NotAMap(f"{name} is in stack {stacks[side][name]} and in stack {number}", at)
        elif match := _STACKS.fullmatch(line):
            # The first stack comes first, whatever it has, and is never gone.
            numbers = frozenset(int(number) for number in match[3].split(", ")) - {FIRST}
            listed[match[1], match[2]] = listed.get((match[1], match[2]), frozenset()) | numbers
        else:
            raise NotAMap("this line is not part of a map of stacks", at)
    nothing: frozenset[int] = frozenset()
    return {
        side: ShardAssignments(
            stacks[side], listed.get((side, "composites"), nothing), listed.get((side, "retired"), nothing)
        )
        for side in SIDES
    }
