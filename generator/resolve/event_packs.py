"""The event packs of a build: those that entries of `event_rules` name, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.findings import Finding
from generator.spec.event_packs import EventPack, read_event_pack
from generator.spec.load import Source

OURS = "generator/event_packs"


@dataclass(frozen=True, slots=True)
class EventPackRegistry:
    """packs: by name, as far as they were asked for. names: all that there are."""

    packs: Mapping[str, EventPack] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def load_event_packs(
    files: Mapping[str, bytes], used: set[str]
) -> tuple[EventPackRegistry, dict[str, Source], list[Finding]]:
    """The packs that are used, their texts by file, and their findings."""
    packs: dict[str, EventPack] = {}
    texts: dict[str, Source] = {}
    findings: list[Finding] = []
    for name in sorted(used):
        if name in files:
            file = f"{OURS}/{name}.yaml"
            pack, texts[file], faults = read_event_pack(files[name], file)
            findings += faults
            packs |= {name: pack} if pack else {}
    return EventPackRegistry(packs, frozenset(files)), texts, findings
