"""Tests of what is one incident as it is now: for each composite, objective and service all of its alarms at once.

How many incidents, pages and tickets that makes only the incident function's own code can say, so what is proposed here
is a test without its expectation, and whoever can run that code puts the numbers in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import Alarm, State
from generator.scenarios.environment import Stage, Standing
from generator.scenarios.proposed_text import named_test, stands

# Alarms of one test; what fires together in real life is rarely more, and the first are as good as any.
MOST_ALARMS = 50


# Long enough for composites to follow their parts.
_SETTLED = "5m"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A test without its expectation. text: as far as its last given alarm. composites: which follow from those."""

    stage: Stage
    text: str
    composites: tuple[Standing, ...]

    def expecting(self, states: Mapping[Alarm, State], counts: Mapping[str, int]) -> str:
        """The whole test. states: of the composites in the end. counts: of incidents, pages, tickets and messages."""
        text = f"{self.text}    expect:\n"
        for one in self.composites:
            text += f"      - {{at: {_SETTLED}, {stands(self.stage, one)}, state: {states.get(one.alarm, 'OK')}}}\n"
        if counts:
            limits = (
                f'{name}: "<= {number}"' if name == "messages" else f"{name}: {number}"
                for name, number in counts.items()
            )
            text += f"      - {{{', '.join(limits)}}}\n"
        return text


def proposed_groups(stage: Stage) -> Iterator[Proposal]:
    """One for each composite, objective and service that has two alarms or more, in the first account that has them."""
    routed: Mapping[str, Mapping[str, Any]] = stage.routing.get("alarms", {})
    groups: dict[tuple[str, str], dict[str, list[Standing]]] = {}
    for standing in stage.standing:
        if not standing.ours or standing.alarm not in stage.alarms:
            continue
        place = f"{standing.about or standing.account}/{standing.alarm.region}"
        for group in _groups(routed.get(standing.alarm.name, {})):
            groups.setdefault(group, {}).setdefault(place, []).append(standing)
    for (kind, name), places in sorted(groups.items()):
        place, standings = next(iter(places.items()))
        # A composite follows from its parts.
        composites = [one for one in standings if isinstance(stage.alarms[one.alarm], CompositeAlarm)]
        given = [one for one in standings if one not in composites][:MOST_ALARMS]
        if len(given) > 1:
            text = "".join(_text(stage, f"{kind} {name}", place.partition("/")[0], given))
            yield Proposal(stage, text, tuple(composites))


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


def _text(stage: Stage, group: str, account: str, given: list[Standing]) -> Iterator[str]:
    yield from named_test(stage, f"{stage}: all alarms of {group} in {account} at once")
    yield "    given:\n"
    for one in given:
        yield f"      - {{{stands(stage, one)}, state: ALARM}}\n"
