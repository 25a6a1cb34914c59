"""Agreement and retirement as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generator.importer.beside.removals import removals
from generator.importer.beside.retire import Retirement
from generator.importer.beside.transitions import Agreement, CapturedTransition
from generator.importer.resources import METRIC_FILTER
from generator.wording import format_utc, pluralize, visible

_MOST = 5
_AFTER = "Build and deploy the file, then let their owners remove the old alarms; obsgen deletes none of them:"
_BEFORE = (
    "Let their owners remove the old alarms, then deploy the file at once: CloudFormation cannot create an alarm whose"
    " name exists, and nothing watches in between. obsgen deletes none of them:"
)


def agreement_lines(agreements: Sequence[Agreement], *, verbose: bool = False) -> Iterator[str]:
    """Each pair that did not agree, with the times, and how many did."""
    agreed = [pair for pair in agreements if pair.is_agreed]
    unknown = [pair for pair in agreements if pair.reason]
    differing = len(agreements) - len(agreed) - len(unknown)
    yield (
        f"{pluralize(len(agreements), 'alarm')}: {len(agreed)} {'agrees' if len(agreed) == 1 else 'agree'}, "
        f"{differing} {'differs' if differing == 1 else 'differ'}, {len(unknown)} not comparable"
    )
    for pair in agreements:
        if pair.is_agreed and not verbose:
            continue
        resource = pair.resource
        yield ""
        names = f"{resource.name} and {resource.new_name} ({resource.account} {resource.region})"
        yield visible(f"{names} → {resource.key}")
        if pair.reason:
            yield visible(f"  {pair.reason}")
            continue
        yield f"  both for {pair.days:.1f} days, {pluralize(pair.matching, 'change')} of both"
        if pair.states:
            yield visible(f"  at the end the old alarm is {pair.states[0]}, the new one {pair.states[1]}")
        for title, changes in (("only the old", pair.only_old), ("only the new", pair.only_new)):
            listed = changes if verbose else changes[:_MOST]
            yield from (f"  {title}: {_change(change)}" for change in listed)
            if len(changes) > len(listed):
                yield f"  {title}: {len(changes) - len(listed)} more (--verbose)"


def agreement_data(agreements: Sequence[Agreement]) -> list[dict[str, Any]]:
    """The same as data."""
    return [
        {
            "account": pair.resource.account,
            "region": pair.resource.region,
            "old": pair.resource.name,
            "new": pair.resource.new_name,
            "key": pair.resource.key,
            "agrees": pair.is_agreed,
            "reason": pair.reason,
            "days": round(pair.days, 3),
            "both": pair.matching,
            "states": list(pair.states) if pair.states else None,
            "only_old": [_row(change) for change in pair.only_old],
            "only_new": [_row(change) for change in pair.only_new],
        }
        for pair in agreements
    ]


def retirement_lines(retirement: Retirement, *, keep_names: bool = False) -> Iterator[str]:
    """What was switched on, what was not and why, and who removes the old alarms.

    keep_names: whether new alarms have the names of the old ones, so that these are removed first.
    """
    entries = "entry" if len(retirement.proven) == 1 else "entries"
    yield f"{len(retirement.proven)} {entries} switched on, {len(retirement.refused)} still beside"
    for key, reasons in retirement.refused.items():
        yield ""
        yield visible(f"{key} stays beside")
        yield from (visible(f"  {reason}") for reason in reasons)
    if retirement.old:
        yield ""
        yield _BEFORE if keep_names else _AFTER
        yield ""
        yield from removals(retirement.old)
    if any(pair.type == METRIC_FILTER for pair in retirement.old):
        yield ""
        yield "Remove the old metric filters right after the deployment: until then, lines are counted twice."


def retirement_data(retirement: Retirement) -> dict[str, Any]:
    """The same as data."""
    return {
        "proven": list(retirement.proven),
        "refused": {key: list(reasons) for key, reasons in retirement.refused.items()},
        "old": [
            {
                "account": pair.account,
                "region": pair.region,
                "type": pair.type,
                "name": pair.name,
                "kind": pair.kind,
                "file": pair.file,
                "address": pair.address,
                "stack": pair.stack,
            }
            for pair in retirement.old
        ],
    }


def _change(change: CapturedTransition) -> str:
    return f"{change.before or 'a state'} → {change.state} at {format_utc(change.at_ms)}"


def _row(change: CapturedTransition) -> dict[str, str]:
    return {"at": format_utc(change.at_ms), "state": change.state, "before": change.before}
