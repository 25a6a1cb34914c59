"""Which causes became one incident, which incident is of several causes, and who could see that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation import system
from tests.simulation.group_records import NOBODY, Records, Root
from tests.simulation.script import Script
from tests.simulation.world import MINUTE

if TYPE_CHECKING:
    from tests.simulation.group_oracle import GroupOracle

# The channels that show further alarms of an open incident.
SHOWING = ("jira", "slack", "opsitem", "servicenow", "webhook")
LASTING = 40 * MINUTE


@dataclass(slots=True)
class Accounting:
    """Of causes and incidents. causes: those of several alarms. split: of these, in more than one incident; joined: in
    more than one although the file joins all their alarms. incidents: of alarms that have been in ALARM. merged: those
    of several causes. seen: of these, where every channel that shows alarms named all causes; partly: where one did and
    another did not; unseen: where none did; blind: where it has no channel that shows them. storms: incidents that a
    storm made, which count nowhere else.
    """

    causes: int = 0
    split: int = 0
    joined: int = 0
    incidents: int = 0
    merged: int = 0
    seen: int = 0
    partly: int = 0
    unseen: int = 0
    blind: int = 0
    storms: int = 0

    def add(self, other: Accounting) -> None:
        """Those of another world."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def shared_keys(script: Script, key: Mapping[str, str], by: Sequence[str]) -> list[str]:
    """What an alarm has in common with others, by the file, the most telling first."""
    about = script.about.get(key["alarm"], {})
    if about.get("alone"):
        return []
    where = (key["account"], key["region"])
    keys = [f"composite {name} {where}" for name in about.get("parts_of", ())]
    keys += [f"objective {about['objective']} {where}"] if about.get("objective") else []
    values = {"service": about.get("service", ""), "account": key["account"]}
    if by and all(values[name] for name in by):
        keys.append(f"group {[values[name] for name in by]}")
    return keys


@dataclass(slots=True)
class CauseAccountant:
    """Adds to the oracle's accounting."""

    oracle: GroupOracle

    def account(self, records: Records) -> None:
        """How many causes are one incident, and the reverse; S20."""
        causes: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        incidents: dict[int, set[str]] = defaultdict(set)
        alarms: dict[int, set[str]] = defaultdict(set)
        for alarm, changes in records.changes.items():
            for change in changes:
                cause = self.oracle.truth.causes.get((alarm, change.at))
                root = records.root_of(change.incident) if change.incident not in ("", NOBODY) else None
                if cause is None or root is None or change.state != "ALARM":
                    continue
                causes[root.id][cause].add(alarm)
                incidents[cause].add(root.id)
                alarms[cause].add(alarm)
        accounting = self.oracle.accounting
        several = [cause for cause, names in alarms.items() if len(names) > 1]
        accounting.causes += len(several)
        split = [cause for cause in several if len(incidents[cause]) > 1]
        accounting.split += len(split)
        accounting.joined += sum(self._are_joined(alarms[cause]) for cause in split)
        accounting.incidents += len(causes)
        for id_, by_cause in causes.items():
            root = records.incidents[id_]
            accounting.storms += root.kind == "storm"
            if len(by_cause) < 2 or root.kind == "storm":
                continue
            accounting.merged += 1
            self._judge_merged(root, by_cause)

    def _are_joined(self, alarms: set[str]) -> bool:
        """Whether the file leads from each of them to each other by what they have in common."""
        policy = self.oracle.configurations[-1][1].incidents
        assert policy is not None
        keys = {}
        for alarm in alarms:
            account, region = self.oracle.script.places.get(alarm, (system.MEMBER, system.REGION))
            key = {"alarm": alarm, "account": account, "region": region}
            keys[alarm] = set(shared_keys(self.oracle.script, key, policy["group"]["by"]))
        left = set(alarms)
        known = keys[left.pop()]
        while near := {alarm for alarm in left if keys[alarm] & known}:
            known |= {key for alarm in near for key in keys[alarm]}
            left -= near
        return not left

    def _judge_merged(self, root: Root, by_cause: dict[int, set[str]]) -> None:
        named: list[set[int]] = []
        for channel in root.recipients:
            if self.oracle.kinds[channel] in SHOWING and self.oracle.told[channel, root.id]:
                said = frozenset[str]().union(*(one.named for one in self.oracle.told[channel, root.id]))
                named.append({cause for cause, alarms in by_cause.items() if alarms & said})
        if not named:
            self.oracle.accounting.blind += 1
        elif all(len(causes) == len(by_cause) for causes in named):
            self.oracle.accounting.seen += 1
        elif any(len(causes) == len(by_cause) for causes in named):
            self.oracle.accounting.partly += 1
        else:
            self.oracle.accounting.unseen += 1
            known = set[int]().union(*named)
            missing = [sorted(alarms) for cause, alarms in by_cause.items() if cause not in known]
            if missing and self._lasts(missing):
                self.oracle.violate("S20", root.id, f"is of {len(by_cause)} causes, and no channel named {missing}")

    def _lasts(self, missing: list[list[str]]) -> bool:
        """Whether one of those alarms was in ALARM for so long that an update had to come."""
        for alarm in (alarm for alarms in missing for alarm in alarms):
            for incident in self.oracle.truth.incidents(alarm, self.oracle.world.now):
                end = incident.end or self.oracle.world.now
                if end - incident.start > LASTING:
                    return True
        return False
