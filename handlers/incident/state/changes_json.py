"""State changes as compact JSON: sixty-four of them have to fit into an item of 8 KB; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NotRequired, TypedDict

from handlers.incident.finding import finding_of
from handlers.incident.state.records import StateChange

COLUMNS = 9
_STATES = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA"}


class StoredChanges(TypedDict):
    """The attribute `changes` of an alarm, as JSON.

    changes: each an array: at, initial of the state (small where implied), then what `_row` has, empty ends cut off.
    incidents, by: what the arrays refer to by its index. reasons: index to reason and what was measured. findings:
    index to what a finding says.
    """

    changes: list[list[Any]]
    incidents: list[str]
    by: list[str]
    reasons: dict[str, list[str]]
    findings: NotRequired[dict[str, dict[str, Any]]]


def dump_changes(changes: Sequence[StateChange]) -> str:
    """As JSON in the shape of StoredChanges."""
    ids = list(dict.fromkeys(c.incident for c in changes if c.incident))
    by = list(dict.fromkeys(c.by for c in changes if c.by))
    data: StoredChanges = {
        "changes": [_row(change, ids, by) for change in changes],
        "incidents": ids,
        "by": by,
        "reasons": {str(i): [c.reason, c.measured] for i, c in enumerate(changes) if c.reason or c.measured},
    }
    findings = {str(i): asdict(c.finding) for i, c in enumerate(changes) if c.finding}
    if findings:
        data["findings"] = findings
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _row(change: StateChange, ids: Sequence[str], by: Sequence[str]) -> list[Any]:
    initial = change.state[0].lower() if change.implied else change.state[0]
    row: list[Any] = [
        change.at,
        initial,
        change.before[:1],
        _difference(change.at, change.before_at),
        ids.index(change.incident) if change.incident else None,
        _difference(change.mute, change.at),
        by.index(change.by) if change.by else None,
        _difference(change.until, change.at),
        change.content,
    ]
    while row[-1] in (None, "") and row[-1] != 0:
        row.pop()
    return row


def _difference(later: int | None, earlier: int | None) -> int | None:
    return None if later is None or earlier is None else later - earlier


def load_changes(source: str) -> tuple[StateChange, ...]:
    """The reverse of dump_changes."""
    data: StoredChanges = json.loads(source)
    changes = []
    for index, row in enumerate(data["changes"]):
        padded: list[Any] = [*row, *[None] * COLUMNS]
        at, initial, before, since, incident, mute, by, until, content = padded[:COLUMNS]
        finding = data.get("findings", {}).get(str(index))
        reason, measured = data["reasons"].get(str(index), ["", ""])
        changes.append(
            StateChange(
                at,
                _STATES[initial.upper()],
                reason,
                measured,
                _STATES[before] if before else "",
                None if since is None else at - since,
                implied=initial.islower(),
                mute=None if mute is None else at + mute,
                by=None if by is None else data["by"][by],
                until=None if until is None else at + until,
                incident="" if incident is None else data["incidents"][incident],
                finding=finding_of(finding) if finding else None,
                content=content or "",
            )
        )
    return tuple(changes)
