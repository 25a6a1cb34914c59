"""What people call a thing when they ask about it, and who is called when it is bad: for `obsgen explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from generator.findings import Path, dotted
from generator.model.alarm_locations import AnyAlarm, Recipients, route_table
from generator.model.alarms import Alarm
from generator.model.error_log_names import CHECKS
from generator.model.estate import Estate
from generator.model.routing import Channel, RouteRule
from generator.render import error_log_words
from generator.render.estate_json import plain
from generator.render.incident_policy_words import POLICY_KEYS
from generator.render.route_words import condition_in_words
from generator.wording import first_of

SHOWN = 12


def paths_by_name(estates: Iterable[Estate]) -> dict[str, Path]:
    """Every name that stands in a ticket, a console or a rule, to its place in the spec."""
    found: dict[str, Path] = {}
    for estate in estates:
        for channel in estate.channels:
            found.setdefault(channel.name, channel.path)
        for alarm in estate.alarms:
            names = (alarm.name, alarm.ref, alarm.key, alarm.logical_id)
            found.update(dict.fromkeys(names, alarm.path))
        for composite in estate.composites:
            found.update(dict.fromkeys((composite.name, composite.key, composite.logical_id), composite.path))
        if estate.error_logs:
            for check in CHECKS.values():
                found.setdefault(check, ("error_logs",))
    return found


def settings(estates: Iterable[Estate]) -> frozenset[Path]:
    """Sections that are no lists of things, and their keys; also of keys that nobody wrote."""
    there: list[Path] = [("incidents",), *(("incidents", key) for key in POLICY_KEYS)]
    for estate in estates:
        there += error_log_words.settings({name: plain(getattr(estate, name)) for name in error_log_words.SECTIONS})
    return frozenset(there)


def switched(alarm: Alarm) -> str:
    """` (off)` where no account has it, else where it is off or on, if that differs; empty where it is on."""
    if alarm.everywhere_disabled:
        return " (off)"
    differing = sorted(v.account for v in alarm.variants if v.tuning.enabled != alarm.tuning.enabled)
    if not differing:
        return ""
    return f" ({'off' if alarm.tuning.enabled else 'on only'} in {', '.join(differing)})"


def hears_of(channel: Channel, estate: Estate) -> Iterator[str]:
    """Which routes a channel is in."""
    severities = [route.severity for route in estate.routes if channel.name in route.channels]
    rules = [rule for rule in estate.route_rules if channel.name in rule.channels]
    if severities or not rules:
        yield f"    hears of {', '.join(severities)}" if severities else "    hears of nothing: no route names it"
    yield from (f"    hears of {condition_in_words(rule)} ({dotted(rule.path)})" for rule in rules)


def callers(channel: Channel, estate: Estate) -> Iterator[str]:
    """The alarms and composites that a channel hears of."""
    if any(channel.name in route.channels for route in estate.all_routes()):
        yield from _called_by(estate, lambda one: channel in one.channels)


def told_by(severity: str, estate: Estate) -> Iterator[str]:
    """A route: whom it calls, and about what."""
    channels = [name for route in estate.routes if route.severity == severity for name in route.channels]
    yield f"  {severity} calls {', '.join(channels)}" if channels else f"  {severity} calls nobody"
    yield from _called_by(estate, lambda one: one.severity == severity and not isinstance(one.route, RouteRule))


def routes_in_order(path: Path, estate: Estate) -> Iterator[str]:
    """Of the whole section: rules in the order in which they are compared, then the routes of severities."""
    if path == ("routes",):
        for rule in estate.route_rules:
            yield f"  {dotted(rule.path)}: {condition_in_words(rule)}: calls {', '.join(rule.channels) or 'nobody'}"
        yield from (f"  {one.severity}: calls {', '.join(one.channels) or 'nobody'}" for one in estate.routes)


def rule_told_by(path: Path, estate: Estate) -> Iterator[str]:
    """Rules at a path: what they hold of, whom they call, and about what."""

    def is_of(one: Recipients) -> bool:
        return one.route is rule

    for rule in estate.route_rules:
        if len(path) > 1 and (rule.path[: len(path)] == path or path[: len(rule.path)] == rule.path):
            yield f"  {condition_in_words(rule)}: calls {', '.join(rule.channels) or 'nobody'}"
            yield from _called_by(estate, is_of)


def _called_by(estate: Estate, is_called: Callable[[Recipients], bool]) -> Iterator[str]:
    routes = route_table(estate)
    both: list[AnyAlarm] = [*estate.alarms, *estate.composites]
    names = [alarm.name for alarm in both if any(is_called(one) for one in routes.recipients(alarm))]
    yield f"    called by {first_of(sorted(names), SHOWN)}" if names else "    called by no alarm"
