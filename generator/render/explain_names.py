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
    paths: dict[str, Path] = {}
    for estate in estates:
        for channel in estate.channels:
            paths.setdefault(channel.name, channel.path)
        for alarm in estate.alarms:
            names = (alarm.name, alarm.ref, alarm.key, alarm.logical_id)
            paths.update(dict.fromkeys(names, alarm.path))
        for composite in estate.composites:
            paths.update(dict.fromkeys((composite.name, composite.key, composite.logical_id), composite.path))
        if estate.error_logs:
            for check in CHECKS.values():
                paths.setdefault(check, ("error_logs",))
    return paths


def settings(estates: Iterable[Estate]) -> frozenset[Path]:
    """Sections that are no lists of things, and their keys; also of keys that nobody wrote."""
    setting_paths: list[Path] = [("incidents",), *(("incidents", key) for key in POLICY_KEYS)]
    for estate in estates:
        setting_paths += error_log_words.settings(
            {name: plain(getattr(estate, name)) for name in error_log_words.SECTIONS}
        )
    return frozenset(setting_paths)


def switched(alarm: Alarm) -> str:
    """` (disabled)` where no account has it, or the accounts where it differs; empty where it is enabled in all."""
    if alarm.everywhere_disabled:
        return " (disabled)"
    differing = sorted(v.account for v in alarm.variants if v.tuning.enabled != alarm.tuning.enabled)
    if not differing:
        return ""
    return f" ({'disabled' if alarm.tuning.enabled else 'enabled only'} in {', '.join(differing)})"


def routes_of_channel(channel: Channel, estate: Estate) -> Iterator[str]:
    """Which routes a channel is in."""
    severities = [route.severity for route in estate.routes if channel.name in route.channels]
    rules = [rule for rule in estate.route_rules if channel.name in rule.channels]
    if severities or not rules:
        yield f"    receives {', '.join(severities)}" if severities else "    receives nothing: no route names it"
    yield from (f"    receives {condition_in_words(rule)} ({dotted(rule.path)})" for rule in rules)


def callers(channel: Channel, estate: Estate) -> Iterator[str]:
    """The alarms and composites that notify a channel."""
    if any(channel.name in route.channels for route in estate.all_routes()):
        yield from _called_by(estate, lambda recipients: channel in recipients.channels)


def lines_of_severity(severity: str, estate: Estate) -> Iterator[str]:
    """A route: the channels that it notifies, and the alarms that use it."""
    channels = [name for route in estate.routes if route.severity == severity for name in route.channels]
    yield f"  {severity} notifies {', '.join(channels)}" if channels else f"  {severity} notifies no channel"
    yield from _called_by(
        estate, lambda recipients: recipients.severity == severity and not isinstance(recipients.route, RouteRule)
    )


def routes_in_order(path: Path, estate: Estate) -> Iterator[str]:
    """Of the whole section: rules in the order in which they are compared, then the routes of severities."""
    if path == ("routes",):
        for rule in estate.route_rules:
            channels = ", ".join(rule.channels) or "no channel"
            yield f"  {dotted(rule.path)}: {condition_in_words(rule)}: notifies {channels}"
        yield from (
            f"  {route.severity}: notifies {', '.join(route.channels) or 'no channel'}" for route in estate.routes
        )


def lines_of_rule(path: Path, estate: Estate) -> Iterator[str]:
    """Rules at a path: their conditions, their channels, and the alarms that use them."""

    def is_of(recipients: Recipients) -> bool:
        return recipients.route is rule

    for rule in estate.route_rules:
        if len(path) > 1 and (rule.path[: len(path)] == path or path[: len(rule.path)] == rule.path):
            yield f"  {condition_in_words(rule)}: notifies {', '.join(rule.channels) or 'no channel'}"
            yield from _called_by(estate, is_of)


def _called_by(estate: Estate, is_called: Callable[[Recipients], bool]) -> Iterator[str]:
    routes = route_table(estate)
    alarms: list[AnyAlarm] = [*estate.alarms, *estate.composites]
    names = [alarm.name for alarm in alarms if any(is_called(recipients) for recipients in routes.recipients(alarm))]
    yield f"    notified by {first_of(sorted(names), SHOWN)}" if names else "    notified by no alarm"
