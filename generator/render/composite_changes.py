"""Changes of composites between two estates, in sentences; works on the data of estate.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.render.channel_changes import actions_in_words, event_tags_in_words
from generator.render.incident_changes import memberships
from generator.render.placement_changes import deployed_in, placement_difference
from generator.render.route_changes import notifications_in_words
from generator.render.section_words import Kind
from generator.render.words import at_least_in_words

Data = Mapping[str, Any]


def by_name(estate: Data, section: str) -> dict[str, Data]:
    """The entries of a section by their names."""
    return {entry["name"]: entry for entry in estate[section]}


def composite_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """The changes of composites: kind, name and sentence."""
    old, new = by_name(before, "composites"), by_name(after, "composites")
    for name in sorted({*old, *new}):
        if name not in old:
            notified = notifications_in_words(new[name]["severity"], after, new[name])
            where = deployed_in(new[name], after)
            yield ("added", name, f"new: fires when {_rule(new[name]['rule'])}{where}; {notified}")
        elif name not in new:
            yield ("removed", name, f"no longer exists (fired when {_rule(old[name]['rule'])})")
        else:
            yield from (("changed", name, sentence) for sentence in _composite(old[name], new[name], after))
            sentences = (
                *placement_difference(old[name], new[name], before, after),
                *memberships(old[name], new[name], before),
            )
            yield from (("changed", name, sentence) for sentence in sentences)


def _composite(was: Data, now: Data, after: Data) -> Iterator[str]:
    if was["rule"] != now["rule"]:
        yield f"now fires when {_rule(now['rule'])} instead of {_rule(was['rule'])}"
    if was["severity"] != now["severity"]:
        notified = notifications_in_words(now["severity"], after, now)
        yield f"severity {now['severity']} instead of {was['severity']}: {notified}"
    yield from _severities(was, now, after)
    if was["suppressor"] != now["suppressor"]:
        suppression = f"suppressed by {now['suppressor']}" if now["suppressor"] else "no longer suppressed"
        yield f"{suppression} (was: {was['suppressor'] or 'nothing'})"
    for field in ("wait", "extend"):
        if was["suppressor"] == now["suppressor"] and was[field] != now[field]:
            yield f"{field} {now[field]} seconds instead of {was[field]}"
    yield from actions_in_words(was, now)
    yield from event_tags_in_words(was, now)
    for field in ("runbook", "owner", "summary"):
        if was[field] != now[field]:
            yield f"{field} is now {now[field] or 'nothing'} (was {was[field] or 'nothing'})"


def _severities(was: Data, now: Data, after: Data) -> Iterator[str]:
    """The changes in single accounts."""
    old: dict[str, str] = dict(was.get("severity_by_account", ()))
    new: dict[str, str] = dict(now.get("severity_by_account", ()))
    for account in sorted({*old, *new}):
        before, severity = old.get(account) or was["severity"], new.get(account) or now["severity"]
        if before != severity:
            notified = notifications_in_words(severity, after, now, account)
            yield f"severity {severity} instead of {before} in {account}: {notified}"


def _rule(rule: Data, outermost: bool = True) -> str:
    match rule["is"]:
        case "InState":
            suffix = {"ALARM": "", "OK": " is OK", "INSUFFICIENT_DATA": " has no data"}[rule["state"]]
            return f"{rule['alarm']}{suffix}"
        case "Not":
            return f"not {_rule(rule['rule'], False)}"
        case "AtLeastOf":
            parts = [part["rule"] if part["is"] == "Not" else part for part in rule["rules"]]
            state = parts[0]["state"], rule["rules"][0]["is"] == "Not"
            names = tuple(part["alarm"] for part in parts)
            return at_least_in_words(rule["amount"], rule["is_percentage"], *state, names)
        case kind:
            word = " and " if kind == "AllOf" else " or "
            joined = word.join(_rule(part, False) for part in rule["rules"])
            return joined if outermost else f"({joined})"
