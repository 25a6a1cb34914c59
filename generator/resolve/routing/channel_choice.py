"""Every choice of channels for a severity in an environment, as the file has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.findings import Path
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.resolve.routing.channels import exists_in
from generator.resolve.scope import Scope
from generator.spec.routing import RouteRuleSpec

ROUTED = SEVERITIES[:-1]


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """A route, a rule, or the channels of an owner. channels: those of the environment. path, listed: the list, and its
    path.
    """

    channels: tuple[str, ...]
    path: Path
    title: str
    listed: tuple[str, ...]

    def place(self, name: str) -> tuple[Path, str]:
        """The path of one of its channels, and the kind of its list."""
        return (*self.path, self.listed.index(name)), self.title


def route_choices(severity: AlarmSeverity, scope: Scope) -> Iterator[RouteChoice]:
    """On which an alarm of this severity may go, the route of the severity first."""
    yield from storm_choices(severity, scope)
    for index, rule in enumerate(scope.document.routes.rules):
        if _may_hold(rule, severity, scope) and _is_of_alarms(rule):
            yield _rule(index, rule, scope)
    for name, owner in scope.document.owners.items():
        path: Path = ("owners", name, "channels")
        if isinstance(owner.channels, dict):
            if severity in owner.channels:
                yield _way(owner.channels[severity], (*path, severity), f"the channels of {name}", scope)
        elif owner.channels:
            yield _way(owner.channels, path, f"the channels of {name}", scope)


def storm_choices(severity: AlarmSeverity, scope: Scope) -> Iterator[RouteChoice]:
    """On which a storm of this severity may go: it has no owner and no service."""
    names = scope.document.routes.of(severity)
    if names is not None:
        yield _way(names, ("routes", severity), "its route", scope)
    for index, rule in enumerate(scope.document.routes.rules):
        if _may_hold(rule, severity, scope) and not _is_of_alarms(rule):
            yield _rule(index, rule, scope)


def _rule(index: int, rule: RouteRuleSpec, scope: Scope) -> RouteChoice:
    return _way(rule.to, ("routes", "rules", index, "to"), "the rule", scope)


def _may_hold(rule: RouteRuleSpec, severity: AlarmSeverity, scope: Scope) -> bool:
    conditions = {name: (words,) if isinstance(words, str) else words for name, words in rule.when.items()}
    applies_here = scope.environment in conditions.get("environment", (scope.environment,))
    return applies_here and severity in conditions.get("severity", (severity,))


def _is_of_alarms(rule: RouteRuleSpec) -> bool:
    return bool({"owner", "service"} & rule.when.keys())


def _way(names: Sequence[str], path: Path, title: str, scope: Scope) -> RouteChoice:
    known = scope.document.channels
    existing = (name for name in names if name not in known or exists_in(known[name], scope.environment))
    return RouteChoice(tuple(existing), path, title, tuple(names))
