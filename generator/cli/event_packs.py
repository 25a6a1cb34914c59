"""Event packs as `obsgen packs` lists and shows them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from generator.wording import duration_in_words, pluralize
from generator.workspace import PackFiles

if TYPE_CHECKING:
    from generator.spec.event_packs import EventPack, PackEvent

_WIDTH = 100


def event_packs(names: Iterable[str] = ()) -> Mapping[str, EventPack]:
    """The event packs of these names; all without names."""
    from generator.resolve.event_packs import load_event_packs

    files = PackFiles("event_packs")
    registry, _, findings = load_event_packs(files, set(names or files))
    assert not findings, findings
    return registry.packs


def listed() -> Iterator[str]:
    """A line for each event pack, below a heading."""
    packs = event_packs()
    width = max(map(len, packs))
    yield from ("", "Event packs, for `event_rules`: obsgen packs show --events NAME")
    yield from (
        f"{name.ljust(width)}  {pack.title}: {pluralize(len(pack.events), 'event')}" for name, pack in packs.items()
    )


def event_pack_in_words(name: str, pack: EventPack) -> Iterator[str]:
    """A pack as a person reads it."""
    yield from (f"{name}: {pack.title}", "", "event_rules:", f"  my-{name}: {{pack: {name}}}", "", "Events")
    for key, event in pack.events.items():
        yield from _event(key, event)


def _event(key: str, event: PackEvent) -> Iterator[str]:
    notes = [f"severity {event.severity}", *([] if event.enabled else ["disabled by default"])]
    notes += [f"only in {event.region}"] if event.region else []
    yield f"  {key}: {'; '.join(notes)}"
    yield from _wrapped(f"{event.summary}. {event.why}")
    yield from _wrapped(
        f"One incident for each {' and '.join(event.subject or ()) or 'account and Region'}; {ends(event)}."
    )
    yield f"      {event.source}"


def ends(event: PackEvent) -> str:
    """What ends an incident of the event."""
    if event.ends is None:
        return "a message without an end"
    silence = f"{duration_in_words(event.ends.after)} after the last event" if event.ends.after else ""
    if event.ends.pattern is None:
        return f"ends {silence}"
    return f"ends with an event{f', or {silence}' if silence else ''}"


def _wrapped(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)
