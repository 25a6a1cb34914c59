"""Channels and routes, with every reference looked up."""

from __future__ import annotations

from generator.findings import Finding, did_you_mean
from generator.model.people import SEVERITIES, Channel, Route
from generator.resolve.scope import Scope
from generator.spec.channels.email import EmailChannel


def channels(scope: Scope) -> tuple[Channel, ...]:
    """Every channel, by name."""
    made = []
    for name, spec in sorted(scope.document.channels.items()):
        fields = spec.model_dump(exclude={"type", "secret", "addresses"}, exclude_none=True)
        settings = {
            key: dict(sorted(value.items())) if isinstance(value, dict) else value for key, value in fields.items()
        }
        made.append(
            Channel(
                name,
                spec.type,
                ("channels", name),
                tuple(sorted(set(spec.addresses))) if isinstance(spec, EmailChannel) else (),
                getattr(spec, "secret", None),
                tuple(sorted(settings.items())),
            )
        )
    return tuple(made)


def routes(scope: Scope, news: list[Finding]) -> tuple[Route, ...]:
    """Severity to channels; a route to a channel that is not there is a finding (R02)."""
    known = scope.document.channels
    made = []
    for severity in SEVERITIES:
        names = scope.document.routes.get(severity)
        if names is None:
            continue
        for index, name in enumerate(names):
            if name not in known:
                hint = did_you_mean(name, known).strip()
                news.append(Finding("R02", f"there is no channel `{name}`", ("routes", severity, index), hint=hint))
        made.append(Route(severity, tuple(dict.fromkeys(names)), ("routes", severity)))
    return tuple(made)
