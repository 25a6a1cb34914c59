"""Tests of what is one incident as it is now: for each composite, objective and service all of its alarms at once.

Only the incident function's own code can count the incidents, pages and tickets, so the proposals have no
expectation; the caller runs that code and adds the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import AlarmId, State
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.proposed_text import named_test, stands

# Alarms of one test; what fires together in real life is rarely more, and the first are as good as any.
MOST_ALARMS = 50


# Long enough for composites to follow their parts.
_SETTLED = "5m"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A test without its expectation. text: as far as its last given alarm. composites: which follow from those."""

    environment: SimulatedEnvironment
    text: str
    composites: tuple[AlarmLocation, ...]

    def expecting(self, states: Mapping[AlarmId, State], counts: Mapping[str, int]) -> str:
        """The whole test. states: of the composites in the end. counts: of incidents, pages, tickets and messages."""
        text = f"{self.text}    expect:\n"
        for composite in self.composites:
            state = states.get(composite.alarm, "OK")
            text += f"      - {{at: {_SETTLED}, {stands(self.environment, composite)}, state: {state}}}\n"
        if counts:
            limits = (
                f'{name}: "<= {number}"' if name == "messages" else f"{name}: {number}"
                for name, number in counts.items()
            )
            text += f"      - {{{', '.join(limits)}}}\n"
        return text


def proposed_groups(environment: SimulatedEnvironment) -> Iterator[Proposal]:
    """One for each composite, objective and service that has two alarms or more, in the first account that has them."""
    routed: Mapping[str, Mapping[str, Any]] = environment.routing.get("alarms", {})
    groups: dict[tuple[str, str], dict[str, list[AlarmLocation]]] = {}
    for location in environment.locations:
        if not location.is_own or location.alarm not in environment.alarms:
            continue
        account_and_region = f"{location.subject or location.account}/{location.alarm.region}"
        for group in _groups(routed.get(location.alarm.name, {})):
            groups.setdefault(group, {}).setdefault(account_and_region, []).append(location)
    for (kind, name), places in sorted(groups.items()):
        account_and_region, standings = next(iter(places.items()))
        # A composite follows from its parts.
        composites = [
            location_ for location_ in standings if isinstance(environment.alarms[location_.alarm], CompositeAlarm)
        ]
        alarms = [location_ for location_ in standings if location_ not in composites][:MOST_ALARMS]
        if len(alarms) > 1:
            text = "".join(_text(environment, f"{kind} {name}", account_and_region.partition("/")[0], alarms))
            yield Proposal(environment, text, tuple(composites))


def _groups(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an alarm has in common with others, by its entry of the routing table."""
    if entry.get("alone"):
        return
    for parent in entry.get("parts_of", ()):
        yield "composite", parent
    if entry.get("objective"):
        yield "objective", entry["objective"]
    if entry.get("service"):
        yield "service", entry["service"]


def _text(environment: SimulatedEnvironment, group: str, account: str, alarms: list[AlarmLocation]) -> Iterator[str]:
    yield from named_test(environment, f"{environment}: all alarms of {group} in {account} at once")
    yield "    given:\n"
    for location in alarms:
        yield f"      - {{{stands(environment, location)}, state: ALARM}}\n"
