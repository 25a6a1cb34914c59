"""The incident function's decisions and messages in simulated time; the function is its own package.

It runs in a process of its own, because the test is of the package that would be deployed, and because handlers and
compiler do not import each other. See core_runner for the stand-ins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from generator.drill.package_run import PackageFailed, answer_of

RUNNER = Path(__file__).with_name("core_runner.py")


class CoreFailed(Exception):
    """The function's code could not be run; with the last line that it said."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification of one channel about one alarm's incident. Times are milliseconds since 1970.

    at: the time of the decision. delivered_at: the time when the channel received it. step: open, repeat, resolve,
    notice, or missed for an incident that began and ended before. priority: of the Jira issue. listed: whether a digest
    named it.
    """

    at: int
    delivered_at: int
    incident: str
    account: str
    region: str
    alarm: str
    channel: str
    step: str
    severity: str
    priority: str
    listed: bool
    reference: str


@dataclass(frozen=True, slots=True)
class OpenedIncident:
    """kind: alone, group, storm, or no-data for an alarm without data outside of any incident. alarms: how many it had
    in the end; alarm: of several the one that was first.
    """

    at: int
    incident: str
    account: str
    region: str
    alarm: str
    kind: str
    severity: str
    alarms: int = 1


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that a channel received. kind: page, ticket, message, digest, or update of an existing one.

    incidents: the number of incidents in it. text: its title, state and facts.
    """

    at: int
    channel: str
    type: str
    kind: str
    step: str
    incident: str
    incidents: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class UnsentDelivery:
    """Of which the channel was sent nothing, or not the end. status: settled, owed, given-up, refused."""

    incident: str
    channel: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one play. failed: messages that the function could not handle, by their reason.

    given_up: deliveries that were retried for as long as the channel says, or refused in every form, at that time.
    refused: channel to the number of calls without an answer (`unanswered`), or were too many (`429`).
    """

    incidents: tuple[OpenedIncident, ...] = ()
    notifications: tuple[Notification, ...] = ()
    messages: tuple[SentMessage, ...] = ()
    unsent: tuple[UnsentDelivery, ...] = ()
    given_up: tuple[UnsentDelivery, ...] = ()
    refused: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """The input of a simulation: events (milliseconds and body, by time), and their end. See simulation.Simulation.

    alarms: more entries of the routing table.
    """

    events: Sequence[tuple[int, str]]
    end: int
    takes_time: bool = False
    outages: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    alarms: Mapping[str, Any] = field(default_factory=dict)


def simulated(package: Mapping[str, bytes], plays: Sequence[Play]) -> list[Result]:
    """The result of each play. package: the function's files, path to content. Raises CoreFailed."""
    request = {"plays": [asdict(play) for play in plays]}
    try:
        answer = answer_of(RUNNER, package, request, "the incident function")
    except PackageFailed as error:
        raise CoreFailed(str(error)) from None
    return [_result(data) for data in answer]


def _result(data: Mapping[str, Any]) -> Result:
    return Result(
        tuple(OpenedIncident(**row) for row in data["incidents"]),
        tuple(Notification(**row) for row in data["notifications"]),
        tuple(SentMessage(**row) for row in data["messages"]),
        tuple(UnsentDelivery(**row) for row in data["unsent"]),
        tuple(UnsentDelivery(**row) for row in data["given_up"]),
        data["refused"],
        tuple(data["failed"]),
    )
