"""T64: no channel leads back to a topic or bus of obsgen."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.target_arns import parts
from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.estate import Estate

CODE = "T64"
NAME = "own-target"
TITLE = "A channel does not send to a topic or an event bus that obsgen creates."
SUMMARY = "No channel sends to a topic or bus of obsgen itself."
WHY = (
    "The hub's bus carries what becomes incidents, and the hub's topic is the e-mail channel. A channel that sends to"
    " the bus feeds notifications back into the path that they come from; one that sends to the topic mails every"
    " incident to every address, whatever the routes say. The topic's policy refuses it as well, because it names the"
    " functions that may publish."
)
SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"
BAD = """\
channels: {own: {type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/observability-bus-prod"}}
routes: {critical: [own, mail]}
"""
GOOD = """\
channels: {own: {type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/incidents"}}
routes: {critical: [own, mail]}
"""
# The setting of a channel, to the kind of name that is obsgen's, and what to do instead.
_OWN = {
    "topic": ("monitoring-alerts", "use a topic of your own, or a channel of type email"),
    "bus": ("observability-bus", "use an event bus of your own"),
}


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each such channel, whichever environment the topic or bus is of."""
    estate = subject.estate
    for channel in estate.channels:
        settings = dict(channel.settings)
        for name, (kind, hint) in _OWN.items():
            if name in settings and _is_own(str(settings[name]), kind, estate):
                message = f"`{channel.name}` sends to `{parts(str(settings[name])).name}`, which obsgen creates"
                yield Finding(CODE, message, (*channel.path, name), hint=hint)


def _is_own(arn: str, kind: str, estate: Estate) -> bool:
    target = parts(arn)
    names = {f"{kind}-{environment}" for environment in (*estate.environments, estate.environment)}
    return target.account == estate.hub.account and target.name in names
