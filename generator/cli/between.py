"""What a rollout of several stacks does in between, read out of the templates: of the last rollout, and of this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifest import MANIFEST
from generator.rollout.between import Between, Interim, Reading
from generator.shards.spread import stack_of

Template = Mapping[str, Any]
SIDES = ("hub", "member")


def reading(templates: Mapping[str, Template]) -> Reading:
    """What there is to do in between. templates: those of this rollout, by file, each side's in its order."""

    def read(before: Mapping[str, bytes]) -> Between:
        was, now = ([file for file in files if stack_of(file)] for files in (before, templates))
        if len(now) <= len(SIDES) and len(was) <= len(SIDES):
            return Between()
        from generator.render.yaml_text import parse_template, template_text
        from generator.shards.steps import kept, lost_with, waits, without_moved

        had = {file: parse_template(before[file].decode()) for file in was}
        moved: dict[str, Interim] = {}
        first: dict[str, Interim] = {}
        order: dict[str, frozenset[str]] = {}
        last: set[str] = set()
        for side in SIDES:
            old, new = _of(had, side), _of(templates, side)
            interim = (without_moved(old, new), kept(old, new))
            for chosen, made in zip((moved, first), interim, strict=True):
                chosen |= {file: Interim(template_text(dict(one)), one) for file, one in made.items() if file in new}
            order |= waits(new)
            last |= lost_with(old, new)
        return Between(moved, first, order, frozenset(_names(before, last)))

    return read


def _of(templates: Mapping[str, Template], side: str) -> dict[str, Template]:
    return {file: one for file, one in templates.items() if (stack_of(file) or ("",))[0] == side}


def _names(before: Mapping[str, bytes], files: set[str]) -> Iterator[str]:
    """What the stacks and stack sets of some templates were called."""
    if not files:
        return
    import yaml

    manifest = yaml.load(before[MANIFEST], Loader=yaml.CSafeLoader)
    for word in ("stacks", "stack_sets"):
        yield from (one["name"] for one in manifest[word] if one["template"] in files)
