"""Event packs as `obsgen packs` lists and shows them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from generator.build import Built
from generator.cli.exit import BAD_INPUT, out_of, print_findings
from generator.cli.options import read_own_packs
from generator.wording import duration_in_words, pluralize
from generator.workspace import PackFiles

if TYPE_CHECKING:
    from generator.spec.event_packs import EventPack, PackEvent

_WIDTH = 100


FOLDER = "event_packs"


def own_event_packs(file: Path) -> dict[str, bytes]:
    """The event packs beside a spec, by name."""
    return {PurePath(path).stem: content for path, content in read_own_packs(file, FOLDER).items()}


def event_packs(names: Iterable[str] = (), file: Path | None = None) -> Mapping[str, EventPack]:
    """The event packs of these names; all without names. file: the spec, whose own packs are included.

    What is wrong with one of the user's own ends the command.
    """
    from generator.resolve.event_packs import OURS, load_event_packs
    from generator.spec.load import Source

    files, chosen_names = PackFiles(FOLDER), set(names)
    own = read_own_packs(file, FOLDER) if file else {}
    chosen = {path: content for path, content in own.items() if not chosen_names or PurePath(path).stem in chosen_names}
    registry, texts, findings = load_event_packs(files, chosen, chosen_names or set(files))
    if findings:
        built = Built(Source(OURS, "", others=texts), findings)
        print_findings(built, "no output: fix the errors first", out=out_of("err"))
        raise click.exceptions.Exit(BAD_INPUT)
    return registry.packs


def listed(file: Path) -> Iterator[str]:
    """A line for each event pack, below a heading."""
    packs, ours, own = event_packs(file=file), PackFiles(FOLDER), own_event_packs(file)
    width = max(map(len, packs))
    yield from ("", "Event packs, for `event_rules`: obsgen packs show --events NAME")
    for name, pack in sorted(packs.items()):
        origin = "" if name not in own else ", your own" + (" instead of obsgen's" if name in ours else "")
        yield f"{name.ljust(width)}  {pack.title}: {pluralize(len(pack.events), 'event')}{origin}"


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
