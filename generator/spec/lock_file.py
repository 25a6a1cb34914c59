"""The lock beside a spec: read, and checked for what an edit by hand may have broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from generator.accounts.keys import RESERVED
from generator.accounts.lock import LOCK, Lock, lock_from
from generator.accounts.types import units_above
from generator.findings import Finding
from generator.reading import shown
from generator.spec.load import Loaded, Source, load
from generator.spec.members import LockSpec
from generator.spec.parts_protocol import Parts
from generator.spec.strict import findings_of

UPDATE = "run `obsgen accounts --update`"
RESTORE = f"restore {LOCK} from git; `obsgen accounts --update` writes it"
MEMBERS = ("organization", "members")


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock with the text that it was read from; `lock` is None where there is none, or where it has an error."""

    lock: Lock | None
    source: Source
    findings: tuple[Finding, ...] = ()
    is_missing: bool = False


def read_lock(spec: str, parts: Parts, values: int = 0) -> LockFile:
    """The lock beside a spec. spec: its path. values: how many values the files before have."""
    name = shown(Path(spec).parent / LOCK)
    try:
        content = parts.content(LOCK)
    except FileNotFoundError:
        finding = Finding("Y09", f"there is no {LOCK}, so the members are not known", MEMBERS, hint=UPDATE, on="key")
        return LockFile(None, Source(name, ""), (finding,), is_missing=True)
    except OSError as error:
        finding = Finding("Y09", f"could not read {LOCK}: {error.strerror or error}", MEMBERS, on="key")
        return LockFile(None, Source(name, ""), (finding,))
    loaded = load(content, name, values)
    findings = list(loaded.findings) or _faults(loaded)
    lock = lock_from(loaded.data) if loaded.data is not None and not findings else None
    return LockFile(lock, loaded.source, tuple(_of_lock(finding, name) for finding in findings))


def _of_lock(finding: Finding, name: str) -> Finding:
    """A finding of the lock, whose only right hint is the way back to what was written."""
    return replace(finding, file=name, hint=RESTORE)


def _faults(loaded: Loaded) -> list[Finding]:
    data = loaded.data or {}
    try:
        LockSpec.model_validate(data)
    except ValidationError as error:
        return findings_of(error, LockSpec, data)
    return list(_contradictions(lock_from(data)))


def _contradictions(lock: Lock) -> Iterator[Finding]:
    """What no lock has: a name that means another account, an account twice, a unit in itself or in one not there."""
    first: dict[str, str] = {}
    for key, account in lock.accounts.items():
        if key in RESERVED or key.isdigit():
            meaning = "an account ID" if key.isdigit() else "the hub"
            message = f"`{key}` cannot be the name of a member: in `accounts` of a placement it is {meaning}"
            yield Finding("Y09", message, ("accounts", key), on="key")
        other = first.setdefault(account.id, key)
        if other != key:
            yield Finding("Y09", f"`{key}` and `{other}` are the same account {account.id}", ("accounts", key, "id"))
        if account.unit not in lock.units:
            message = f"`{account.unit}` is not among the units of this file"
            yield Finding("Y09", message, ("accounts", key, "unit"))
    for unit in lock.units.values():
        if unit.parent and unit.parent not in lock.units:
            message = f"`{unit.parent}` is not among the units of this file"
            yield Finding("Y09", message, ("units", unit.id, "parent"))
        elif _is_in_itself(unit.id, lock):
            yield Finding("Y09", f"unit `{unit.id}` is in itself", ("units", unit.id), on="key")


def _is_in_itself(unit: str, lock: Lock) -> bool:
    """A way up that is longer than there are units is a circle."""
    return any(step > len(lock.units) for step, _ in enumerate(units_above(unit, lock.units)))
