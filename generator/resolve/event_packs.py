"""The event packs of a build: those that entries of `event_rules` name, and all of the user's own, read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from generator.evaluate.events.pattern import EventPattern, parse
from generator.findings import Finding, Path, has_errors
from generator.resolve.event_patterns import account_faults, end_faults, fact_faults, json_text, pattern_faults
from generator.spec.event_packs import EventPack, PackEvent, read_event_pack
from generator.spec.load import Source
from generator.spec.scalars import KEY

OURS = "generator/event_packs"


@dataclass(frozen=True, slots=True)
class EventPackRegistry:
    """packs: by name, as far as they were asked for and can be read. names: all that there are."""

    packs: Mapping[str, EventPack] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def load_event_packs(
    ours: Mapping[str, bytes], own: Mapping[str, bytes], used: set[str]
) -> tuple[EventPackRegistry, dict[str, Source], list[Finding]]:
    """The packs that are used and all of the user's own, their texts by file, and their findings.

    A pack of the user replaces ours of the same name.
    """
    files = {PurePath(path).stem: (path, content) for path, content in own.items()}
    sources = {name: (f"{OURS}/{name}.yaml", ours[name]) for name in used & ours.keys()} | files
    packs: dict[str, EventPack] = {}
    texts: dict[str, Source] = {}
    findings: list[Finding] = []
    for name, (file, content) in sorted(sources.items()):
        pack, texts[file], faults = read_event_pack(content, file)
        if not re.fullmatch(KEY, name):
            message = f"`{name}` is not a valid name of a pack"
            faults.append(Finding("R05", message, file=file, hint="use lower-case letters, digits and single dashes"))
        if pack and name in files:
            faults += [replace(finding, file=file) for finding in check_event_pack(pack)]
        findings += faults
        if pack and not has_errors(faults):
            packs[name] = pack
    return EventPackRegistry(packs, frozenset({*ours, *files})), texts, findings


def check_event_pack(pack: EventPack) -> Iterator[Finding]:
    """What is wrong with the events of a pack (R05 to R07), with paths in its own file."""
    for name, event in pack.events.items():
        path: Path = ("events", name)
        faults = [
            *pattern_faults(event.pattern, (*path, "pattern")),
            *end_faults(event.ends, (*path, "ends")),
            *fact_faults(event.facts, path),
            *account_faults(event.pattern, event.account_from, path),
        ]
        yield from faults
        if not faults:
            yield from _examples(event, (*path, "examples"))


def _examples(event: PackEvent, path: Path) -> Iterator[Finding]:
    """Examples with another result than they should have; a pack without one was never tried."""
    if not event.examples.match:
        yield Finding("R05", "an event of a pack requires an example in `match`", path, hint="copy one from its page")
    ends = event.ends.pattern if event.ends else None
    for kind, pattern, expected in (
        ("match", event.pattern, True),
        ("ignore", event.pattern, False),
        ("end", ends, True),
    ):
        parsed = parse(json.loads(json_text(pattern))) if pattern else None
        for index, example in enumerate(getattr(event.examples, kind)):
            matches = isinstance(parsed, EventPattern) and parsed.matches(json.loads(json_text(example)))
            if matches is not expected:
                what = f"{'`ends`' if kind == 'end' else 'the pattern'} {'does not match' if expected else 'matches'}"
                yield Finding("R05", f"{what} this event", (*path, kind, index), hint="fix the pattern or the example")
