"""Which state changes are taken: of alarms and checks that the build knows, in accounts of its file, at likely times;
pure.

The account of an event is what EventBridge wrote into it, and the bus admits the members' forwarding roles only. What
is looked at here is what a member's own people can still do: name an alarm like one of ours, or be newer than the hub.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.common.event_names import rule_of
from handlers.incident.events import Change
from handlers.incident.fields import shown
from handlers.incident.finding import check_of
from handlers.incident.routing import Routing

MINUTE = 60_000
# CloudWatch's clock and ours may differ a little; the archive replays thirty days.
MOST_AHEAD = 5 * MINUTE
MOST_BEHIND = 31 * 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class KnownAlarm:
    """An alarm of ours."""


@dataclass(frozen=True, slots=True)
class UnknownAlarm:
    """An alarm that this build does not know, or in an account that its file does not mean.

    parked: whether a later build may know it, so that its last state is worth keeping: its account is a named one.
    """

    reason: str
    parked: bool


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """Not a state change that CloudWatch can have sent now."""

    reason: str


@dataclass(frozen=True, slots=True)
class MisdirectedFinding:
    """A finding of another environment, or of the hub's check by somebody else: nobody can have sent it here but by
    mistake, or to speak for the hub.
    """

    reason: str


def classify(
    change: Change, routing: Routing, now: int
) -> KnownAlarm | UnknownAlarm | RejectedEvent | MisdirectedFinding:
    """What is to be done with a state change. now: milliseconds since 1970."""
    if change.finding and change.environment != routing.environment:
        return MisdirectedFinding(
            f"the finding is of environment {shown(change.environment)}, this hub is of {routing.environment}"
        )
    if change.hub and change.hub != routing.hub_account:
        return MisdirectedFinding(f"account {change.hub} sent a finding that only the hub account may send")
    if change.at > now + MOST_AHEAD:
        return RejectedEvent(f"the timestamp is {_shown(change.at - now)} in the future")
    if change.at < now - MOST_BEHIND:
        return RejectedEvent(f"the timestamp is {_shown(now - change.at)} in the past")
    is_member = routing.names(change.key.account)
    check = check_of(change.key.alarm)
    if not is_genuine(change):
        return UnknownAlarm(f"alarm name {change.key.alarm} is reserved for findings and events", parked=False)
    if not routing.knows(change.key.alarm):
        rule = rule_of(change.key.alarm)
        what = f"event rule {rule}" if rule else f"check {check}" if check else f"alarm {change.key.alarm}"
        return UnknownAlarm(f"{what} is not in this build's routing table", parked=is_member)
    if not is_member and routing.accounts_closed:
        return UnknownAlarm(f"account {change.key.account} is not a member", parked=False)
    return KnownAlarm()


def is_genuine(change: Change) -> bool:
    """Whether it is no alarm that is called as a finding is: whoever may name alarms must not speak for a check."""
    return change.finding is not None or not check_of(change.key.alarm)


def _shown(milliseconds: int) -> str:
    minutes = milliseconds // MINUTE
    return f"{minutes // 1_440} days" if minutes >= 2_880 else f"{minutes} minutes"
