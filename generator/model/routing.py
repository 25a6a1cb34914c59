"""Channels, and the routes from a severity to channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.findings import Path
from generator.model.delivery import DeliveryPolicy

AlarmSeverity = Literal["critical", "high", "medium", "low", "none"]
# What a rule of routes may ask of an alarm itself; what else it asks for is about the alarm's account.
OF_ALARMS = ("severity", "owner", "service")
# Types of channel whose vendor accepts a message before it is delivered, and reports no failure later.
UNCONFIRMED_TYPES = ("sms", "teams")
# Types of channel: what wakes people and escalates by itself, and tickets whose status says whether people have taken
# them on. `handlers/incident/channel_types.py` says the same on the other side.
PAGER_TYPES = ("jsm", "pagerduty")
STATUS_TYPES = ("jira", "servicenow")
SEVERITIES: tuple[AlarmSeverity, ...] = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach people. `secret` names a Secrets Manager secret in the hub; never its value.

    delivery: how fast, how long and in which form messages are sent.
    settings: what else the incident function needs to know (URL, project, priorities), sorted, JSON-able.
    """

    name: str
    type: str
    path: Path
    delivery: DeliveryPolicy
    addresses: tuple[str, ...] = ()
    secret: str | None = None
    settings: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The channels for alarms of one severity, in the order given."""

    severity: AlarmSeverity
    channels: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class RouteRule:
    """Other channels for alarms that meet a condition; of several rules the first that matches counts.

    when: severity, owner, service, account, unit or a label of the account, each with the words that it may be; sorted.
    environments: the only ones that it applies to, of which this is one; empty for all. later: whether its conditions
    on accounts are true of those that join later; None for those that are so without a name, a label and a unit. owner:
    whose channels these are, where the rule comes from the section `owners`. silent_end: whether the end of its alarms
    sends no message. for_nobody: whether its list in the file is empty, and not only its channels are in other
    environments.
    """

    when: tuple[tuple[str, tuple[str, ...]], ...]
    channels: tuple[str, ...]
    path: Path
    owner: str = ""
    silent_end: bool = False
    for_nobody: bool = False
    environments: tuple[str, ...] = ()
    later: bool | None = None

    def holds(self, facts: Mapping[str, str], is_later: bool = False) -> bool:
        """True if every part of the condition is true. facts: as in `when`, with one word each. is_later: of an account
        that joins later.
        """
        if not is_later or self.later is None:
            return all(facts.get(name) in words for name, words in self.when)
        return self.later and all(facts.get(name) in words for name, words in self.when if name in OF_ALARMS)


@dataclass(frozen=True, slots=True)
class RouteSubject:
    """The properties beside the severity that decide the channels of an alarm. account: its name; `hub` for the hub,
    empty for an unknown one. labels: of the account, its unit among them. is_later: an account that joins later.
    """

    owner: str = ""
    service: str = ""
    account: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    is_later: bool = False

    def facts(self, severity: AlarmSeverity) -> dict[str, str]:
        """The facts for conditions; an alarm's own values precede labels of the same name."""
        own = {"severity": severity, "owner": self.owner, "service": self.service, "account": self.account}
        return {**dict(self.labels), **{name: word for name, word in own.items() if word}}


AnyRoute = Route | RouteRule
# Without owner, service and account: only conditions on the severity alone hold for it.
ANYTHING = RouteSubject()


def route_of(
    severity: AlarmSeverity, subject: RouteSubject, routes: Sequence[Route], rules: Sequence[RouteRule]
) -> AnyRoute | None:
    """The first rule that holds, else the route of the severity; None where it has none."""
    facts = subject.facts(severity)
    rule = next((rule for rule in rules if rule.holds(facts, subject.is_later)), None)
    return rule or next((route for route in routes if route.severity == severity), None)
