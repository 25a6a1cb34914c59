"""Entries that have another key now: which key their names are made of.

CloudFormation knows a resource by its logical id, and replaces it where its physical name differs: an alarm would be
deleted while it fires, a log group with what is in it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.findings import Finding, Path, suggest
from generator.spec.document import Document
from generator.spec.moved import MovedSpec


def former_keys(document: Document, findings: list[Finding]) -> Mapping[Path, str]:
    """The place of each entry that was moved to the key it had at first (R02 and R07 where that cannot be)."""
    onwards = {move.from_: move.to for move in document.moved}
    faults = [
        finding for index, move in enumerate(document.moved) for finding in _check_move(document, index, move, onwards)
    ]
    if faults:
        findings += faults
        return {}
    former = {move.to: move.from_ for move in document.moved}
    return {_path(entry): str(_path(_first(entry, former))[1]) for entry in former if _is_there(document, entry)}


def _first(entry: str, former: Mapping[str, str]) -> str:
    """The key of an entry before every move of it."""
    while entry in former:
        entry = former[entry]
    return entry


def _check_move(document: Document, index: int, move: MovedSpec, onwards: Mapping[str, str]) -> Iterator[Finding]:
    """The first contradiction in a move, which explains the others. onwards: from key to key."""
    path: Path = ("moved", index)
    section = move.from_.partition(".")[0]
    for number, earlier in enumerate(document.moved[:index]):
        if earlier.from_ == move.from_ or earlier.to == move.to:
            twice = move.to if earlier.to == move.to else move.from_
            message = f"`{twice}` is in another move already"
            hint = "use one move for each entry; a second move starts at the path of the first"
            yield Finding("R07", message, path, hint=hint, also=((("moved", number), "the first"),))
            return
    if not move.to.startswith(f"{section}."):
        message = "an entry can move only within its section, since names depend on it"
        yield Finding("R07", message, (*path, "to"), hint=f"use {section}.…, or remove the move")
    elif _is_in_a_circle(move, onwards):
        yield Finding("R07", f"the moves of `{move.from_}` form a cycle", path, hint="remove one of the moves")
    elif _is_there(document, move.from_):
        message = f"`{move.from_}` still exists, and two resources cannot have its names"
        also = ((_path(move.from_), "it is at"),)
        yield Finding("R07", message, (*path, "from"), hint="remove the entry, or the move", also=also)
    elif not _is_there(document, move.to) and move.to not in onwards:
        known = [f"{section}.{key}" for key in getattr(document, section)]
        hint = suggest(move.to, known, "use the current path of the entry; remove the move if the entry is deleted")
        yield Finding("R02", f"there is no `{move.to}`", (*path, "to"), hint=hint)


def _is_in_a_circle(move: MovedSpec, onwards: Mapping[str, str]) -> bool:
    entry, steps = move.to, len(onwards)
    while entry != move.from_ and entry in onwards and steps:
        entry, steps = onwards[entry], steps - 1
    return entry == move.from_


def _is_there(document: Document, entry: str) -> bool:
    section, key = _path(entry)
    return key in getattr(document, str(section))


def _path(entry: str) -> Path:
    return tuple(entry.split(".", 1))
