"""What an update changes: accounts that joined, left, moved, were renamed, or have other labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from generator.accounts.lock import Lock
from generator.accounts.types import unit_path

Kind = Literal["joined", "left", "moved", "renamed", "changed"]
KINDS: tuple[Kind, ...] = ("joined", "left", "moved", "renamed", "changed")
MARKS: Mapping[Kind, str] = {"joined": "+", "left": "-", "moved": "~", "renamed": "~", "changed": "~"}


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change of one account or unit, in words. key: the account's; of a unit its ID. id: the account's or unit's."""

    kind: Kind
    key: str
    id: str
    detail: str


def lock_changes(before: Lock | None, after: Lock, reasons: Mapping[str, str]) -> list[AccountChange]:
    """The changes from one lock to the next, those that join first. reasons: why an account is gone, by ID."""
    changes = [*_accounts(before, after, reasons), *(_units(before, after) if before else ())]
    return sorted(changes, key=lambda change: (KINDS.index(change.kind), change.key))


def _accounts(before: Lock | None, after: Lock, reasons: Mapping[str, str]) -> Iterator[AccountChange]:
    old = {account.id: (key, account) for key, account in before.accounts.items()} if before else {}
    new = {account.id: (key, account) for key, account in after.accounts.items()}
    for number in sorted({*old, *new}):
        if number not in new:
            yield AccountChange("left", old[number][0], number, reasons.get(number, "no longer selected"))
            continue
        key, account = new[number]
        path = unit_path(account.unit, after.units)
        if number not in old or not before:
            labels = "".join(f", {label}: {value}" for label, value in account.labels.items())
            yield AccountChange("joined", key, number, f"{account.name} in {path}{labels}")
            continue
        old_key, was = old[number]
        if old_key != key:
            yield AccountChange("changed", key, number, f"its key was {old_key}")
        if was.unit != account.unit:
            yield AccountChange("moved", key, number, f"from {unit_path(was.unit, before.units)} to {path}")
        if was.name != account.name:
            yield AccountChange("renamed", key, number, f"{was.name} is now {account.name}; the key stays")
        for label in sorted({*was.labels, *account.labels}):
            value, former = account.labels.get(label, "none"), was.labels.get(label, "none")
            if value != former:
                yield AccountChange("changed", key, number, f"label {label}: {former} is now {value}")


def _units(before: Lock, after: Lock) -> Iterator[AccountChange]:
    """Units that stay, and have another name or another unit above."""
    for unit in sorted(before.units.keys() & after.units.keys()):
        was, now = before.units[unit], after.units[unit]
        if was.name != now.name:
            yield AccountChange("renamed", unit, unit, f"unit {was.name} is now {now.name}")
        if was.parent != now.parent:
            old_path, new_path = unit_path(unit, before.units), unit_path(unit, after.units)
            yield AccountChange("moved", unit, unit, f"unit {old_path} is now {new_path}")


def summary(changes: list[AccountChange]) -> str:
    """`2 joined, 1 left`: how many there are of each kind."""
    counts = Counter(change.kind for change in changes)
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS if counts[kind])


def implausible(before: Lock | None, after: Lock) -> str:
    """What is unlikely of a change, in words; empty if nothing is.

    An organization seldom loses more than half of its accounts at once, or the labels of so many. A wrong selection,
    or credentials that see a part, are more likely. Environments and placements select by label, so that an account
    without its label loses stacks and alarms too.
    """
    if not after.accounts:
        return "no account is selected"
    if before is None:
        return ""
    known, total = {account.id: account for account in before.accounts.values()}, len(before.accounts)
    stay = [account for account in after.accounts.values() if account.id in known]
    leaving = total - len(stay)
    unlabelled = sum(bool(after.selection.labels.keys() & known[it.id].labels.keys() - it.labels.keys()) for it in stay)
    if 2 * (leaving + unlabelled) <= total:
        return ""
    losses = ((leaving, "would leave"), (unlabelled, "would lose a label"))
    return f"of {total:,} accounts, {' and '.join(f'{number:,} {what}' for number, what in losses if number)}"
