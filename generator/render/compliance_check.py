"""The verdicts of `obsgen compliance check`, as text and as data; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from generator.drill.compliance import Checked, Judged, WrongTag
from generator.wording import first_of, pluralize

_MOST_NAMED = 3
_HEAD = ("INSTANCE", "NAME", "STATE", "MISSING", "INVALID")


def is_compliant(checked: Checked) -> bool:
    """True if every instance is."""
    return all(instance.compliant for instance in checked.instances)


def lines(checked: Checked) -> Iterator[str]:
    """A row for each instance that is not compliant, the totals of each account and tag, and what was left out."""
    wrong = [instance for instance in checked.instances if not instance.compliant]
    if wrong:
        yield from _table([_HEAD, *(_row(instance) for instance in wrong)])
        yield from _notes(wrong)
        yield ""
    for account, name in checked.accounts.items():
        yield from _totals(name, account, [instance for instance in checked.instances if instance.account == account])
    if not checked.instances:
        yield f"{checked.environment}: no instances to check"
    yield from _left_out(checked)


def as_data(checked: Checked) -> dict[str, Any]:
    """The same as JSON: totals, and every instance."""
    return {
        "environment": checked.environment,
        "rules_version": checked.rules_version,
        **_counts(checked.instances),
        "terminated": checked.gone,
        "duplicates": checked.doubles,
        "accounts": [
            {
                "account": account,
                "name": name,
                **_counts([instance for instance in checked.instances if instance.account == account]),
            }
            for account, name in checked.accounts.items()
        ],
        "tags": {key: {"missing": missing, "invalid": invalid} for key, missing, invalid in _by_tag(checked.instances)},
        "instances": [_entry(instance) for instance in checked.instances],
    }


def clean(text: str) -> str:
    """One line that a terminal shows as it is: a tag may contain anything."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _row(instance: Judged) -> tuple[str, ...]:
    invalid = "; ".join(_fault(wrong) for wrong in instance.invalid)
    return tuple(map(clean, (instance.instance, instance.name, instance.state, ", ".join(instance.missing), invalid)))


def _fault(wrong: WrongTag) -> str:
    return f"{wrong.key}: `{wrong.value}` {wrong.why}" if clean(wrong.value) else f"{wrong.key} {wrong.why}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _notes(instances: Sequence[Judged]) -> Iterator[str]:
    """Each note once, with some of the instances that it is about."""
    instances_by_note: dict[str, dict[str, None]] = {}
    for instance in instances:
        for note in map(clean, instance.notes):
            instances_by_note.setdefault(note, {})[instance.instance] = None
    for note, ids in instances_by_note.items():
        yield f"{first_of([*ids], _MOST_NAMED)}: {note}"


def _totals(name: str, account: str, instances: Sequence[Judged]) -> Iterator[str]:
    counts = _counts(instances)
    title = f"{clean(name)} ({account})" if name != account else account
    text = f"{title}: {pluralize(counts['checked'], 'instance')}, {counts['compliant']} compliant"
    text += f", {counts['non_compliant']} not compliant"
    yield text + (f", {counts['exempt']} exempt" if counts["exempt"] else "")
    tags = list(_by_tag(instances))
    width = max((len(clean(key)) for key, _, _ in tags), default=0)
    for key, missing, invalid in tags:
        parts = [f"missing on {missing}" if missing else "", f"invalid on {invalid}" if invalid else ""]
        yield f"  {clean(key).ljust(width)}  {', '.join(part for part in parts if part)}"


def _left_out(checked: Checked) -> Iterator[str]:
    if checked.gone:
        yield f"not checked: {pluralize(checked.gone, 'instance')} terminated or shutting down"
    if checked.doubles:
        yield f"duplicates in the file: {checked.doubles}; the last entry of an instance is used"


def _counts(instances: Sequence[Judged]) -> dict[str, int]:
    """compliant: without those that are exempt."""
    exempt = sum(bool(instance.exempt) for instance in instances)
    compliant = sum(instance.compliant for instance in instances) - exempt
    return {
        "checked": len(instances),
        "compliant": compliant,
        "non_compliant": len(instances) - compliant - exempt,
        "exempt": exempt,
    }


def _by_tag(instances: Sequence[Judged]) -> Iterator[tuple[str, int, int]]:
    """Key, on how many it is missing, on how many invalid; the most first."""
    missing = Counter(key for instance in instances for key in instance.missing)
    invalid = Counter(key for instance in instances for key in {wrong.key for wrong in instance.invalid})
    for key in sorted({*missing, *invalid}, key=lambda key: (-missing[key] - invalid[key], key)):
        yield key, missing[key], invalid[key]


def _entry(instance: Judged) -> dict[str, Any]:
    return {
        "instance": instance.instance,
        "name": instance.name,
        "account": instance.account,
        "region": instance.region,
        "state": instance.state,
        "compliant": instance.compliant,
        "exempt": instance.exempt,
        "missing": list(instance.missing),
        "invalid": [{"key": wrong.key, "value": wrong.value, "why": wrong.why} for wrong in instance.invalid],
        "notes": list(instance.notes),
    }
