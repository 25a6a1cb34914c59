"""Mutes in a world, set and ended as the commands do; and what the oracle has to know of them.

The worlds are those of generate.py with mutes besides: of one alarm or several, that overlap, that are ended early,
that end while an alarm is in ALARM, in an outage, or while everything fails. All are over before the world is judged,
so that what is promised at its end is promised as ever: a ticket is open if and only if the alarm is in ALARM.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from generator.rollout.operate import mute_items
from tests.simulation import causes, findings, generate
from tests.simulation.faults import RATES
from tests.simulation.functions import SKEW
from tests.simulation.script import Event, Script
from tests.simulation.world import EPOCH, MINUTE, MS, SECOND

# The list is read anew after five seconds, and clocks differ.
SLACK = 10 * SECOND + 2 * SKEW
# What waits in a channel, and an alarm of a mute that was ended early, is looked at each minute.
LOOKED_AT = 3 * MINUTE


def script(seed: int, points: Iterable[str] = RATES) -> Script:
    """The world of a seed with mutes, of dice of their own."""
    return _with_mutes(generate.script(seed, points))


def of_causes(seed: int, points: Iterable[str] = RATES) -> Script:
    """The same of worlds whose alarms have causes: groups and storms of which some alarms are muted."""
    return _with_mutes(causes.script(seed, points))


def _with_mutes(made: Script) -> Script:
    seed = made.seed
    dice = random.Random(f"mutes of {seed}")
    alarms = sorted({event["alarm"] for event in made.events if event["do"] == "state"} - {""})
    alarms = [alarm for alarm in alarms if not findings.is_finding(alarm)]
    events: list[Event] = []
    for number in range(dice.randint(1, 4)):
        chosen = [alarm for alarm in alarms if dice.random() < 0.6]
        if not chosen:
            continue
        begin = dice.uniform(0, made.heal_at * 0.9)
        lasts = min(dice.choice((dice.uniform(60, 600), dice.uniform(60, 3_600))), made.heal_at - begin + 300)
        id_ = f"{seed:06d}{number}"
        events.append({"t": round(begin, 3), "do": "mute", "id": id_, "alarms": chosen, "for": round(lasts)})
        if dice.random() < 0.4:
            events.append({"t": round(begin + dice.uniform(1, lasts), 3), "do": "unmute", "id": id_})
    return replace(made.with_events(sorted([*made.events, *events], key=lambda event: event["t"])))


@dataclass
class Muted:
    """Of the world so far. Times: microseconds since 1970."""

    mutes: dict[str, mute_items.StoredMute] = field(default_factory=dict)

    def set(self, event: Event, now: int) -> list[Any]:
        """The items that the command writes."""
        at = now // MS
        until = at + round(event["for"] * 1_000)
        mute = mute_items.StoredMute(event["id"], "ana", "", at, until, "a test", tuple(event["alarms"]))
        self.mutes[mute.id] = mute
        return mute_items.items_of(mute)

    def end(self, id_: str, now: int) -> list[Any]:
        """Likewise; nothing where it is over."""
        mute = self.mutes.get(id_)
        if mute is None or not mute.is_in_force(now // MS):
            return []
        self.mutes[id_] = mute = replace(mute, ended_at=now // MS, ended_by="bob")
        more = {"ended_at": {"N": str(mute.ended_at)}, "ended_by": {"S": mute.ended_by}}
        return [{**item, **more} for item in mute_items.items_of(mute)]

    def spans(self, alarm: str) -> list[tuple[int, int]]:
        """From when to when an alarm was muted, by each of its mutes."""
        return [(mute.at * MS, mute.end * MS) for mute in self.mutes.values() if alarm in mute.alarms]

    def excuses(self, alarm: str, end: int | None) -> bool:
        """Whether nobody has to hear of an incident that ended then: perhaps it was muted."""
        return end is not None and any(since - SLACK < end <= until + SLACK for since, until in self.spans(alarm))

    def heard(self, alarm: str, at: int) -> int:
        """When others may know of what was decided of an alarm then: at the end of the mutes that it surely is in."""
        heard = at
        for since, until in sorted(self.spans(alarm)):
            heard = until if since + SLACK < heard < until else heard
        return heard

    def forbids(self, alarm: str, since: int, now: int) -> bool:
        """Whether nobody is to hear now that an alarm is in ALARM since then."""
        return any(begin + SLACK < since and now < end - SLACK for begin, end in self.spans(alarm) if since > EPOCH)
