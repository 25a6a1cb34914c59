"""The end of a world with incidents of several alarms: the table by the truth, and incidents by what they promise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulation.cause_accounting import shared_keys
from tests.simulation.group_records import NOBODY, Records, Root
from tests.simulation.world import EPOCH, MS, SECOND

if TYPE_CHECKING:
    from tests.simulation.group_oracle import GroupOracle

SEVERITIES = ("critical", "high", "medium", "low")
# What is decided within this of the end of a group's life may be on either side of it.
EITHER_SIDE = 15 * SECOND


@dataclass(slots=True)
class GroupJudge:
    """Of what is in the table."""

    oracle: GroupOracle

    def judge(self, records: Records) -> None:
        """All was healed long ago."""
        self._judge_alarms(records)
        self._judge_places(records)
        for incident in records.incidents.values():
            if incident.parent:
                self._judge_part(records, incident)
            else:
                self._judge_root(incident)
        self._judge_storms(records)

    def _own_open(self, records: Records, alarm: str) -> str | None:
        """The alarm's own incident that has to be open; empty for none, None where that cannot be said."""
        real = [change for change in self.oracle.truth.changes.get(alarm, []) if change[0] >= 0]
        known = records.changes.get(alarm, [])
        if (
            alarm in self.oracle.truth.suppressed
            or not real
            or any((alarm, *change) not in self.oracle.decided for change in real)
        ):
            return None
        if not known or (known[-1].at, known[-1].state) != real[-1]:
            return None
        if real[-1][1] == "OK":
            return ""
        if real[-1][1] == "ALARM":
            return known[-1].incident
        before = next((change for change in reversed(known[:-1]) if change.state != "INSUFFICIENT_DATA"), None)
        return before.incident if before and before.state == "ALARM" else known[-1].incident

    def _judge_alarms(self, records: Records) -> None:
        """S15: rows as the alarms are."""
        for alarm in self.oracle.truth.changes:
            expected = self._own_open(records, alarm)
            if expected is None:
                continue
            expected = "" if expected == NOBODY else expected
            is_open = [
                incident.id
                for incident in records.incidents.values()
                if not incident.members
                and incident.head["key"]["alarm"] == alarm
                and incident.is_open
                and incident.kind in ("alone", "no-data")
            ]
            if is_open != ([expected] if expected else []):
                self.oracle.violate(
                    "S15", alarm, f"its own incidents {is_open} are open, it should be {expected or 'none'}"
                )
            rows = [
                (root.id, own)
                for root in records.incidents.values()
                for own, row in root.members.items()
                if row["key"]["alarm"] == alarm and row.get("ended") is None
            ]
            own = records.incidents.get(expected)
            wanted = [(own.parent, expected)] if own and own.parent else []
            if rows != wanted:
                self.oracle.violate("S15", alarm, f"is an open member of {rows}, it should be {wanted}")

    def _judge_part(self, records: Records, own: Root) -> None:
        parent = records.incidents.get(own.parent)
        if parent is None or own.id not in parent.members:
            self.oracle.violate("S15", own.id, f"is part of {own.parent}, which does not have it")
            return
        if parent.parent:
            self.oracle.violate("S15", own.id, "is part of what is part of something else")
        if own.deliveries:
            self.oracle.violate("S18", own.id, f"is part of {own.parent}, and owed to {sorted(own.deliveries)}")
        row, head = parent.members[own.id], own.head
        if head.get("withheld_from"):
            # It came again and was over while it was muted, of which the others know nothing.
            head = {**head, "alarm_at": head["known_alarm_at"], "ended": head["known_ended"], "state": "OK"}
        for name in ("severity", "state", "opened", "alarm_at", "ended"):
            if row.get(name) != head.get(name) and not (name == "alarm_at" and not head.get(name)):
                self.oracle.violate("S15", own.id, f"its row says {name} {row.get(name)}, it is {head.get(name)}")

    def _judge_root(self, root: Root) -> None:
        """L4, and the head as the rows are."""
        if root.kind not in ("group", "storm"):
            return
        rows = list(root.members.values())
        open_ = {row["key"]["alarm"] for row in rows if row.get("ended") is None}
        if root.is_open != bool(open_):
            stands = "open" if root.is_open else "over"
            self.oracle.violate("L4", root.id, f"is {stands}, of its alarms {len(open_)} are not OK")
        alarms = {row["key"]["alarm"] for row in rows}
        if root.head.get("members", 0) != len(alarms) or root.head.get("open_members", 0) != len(open_):
            text = f"{root.head.get('members')}, {root.head.get('open_members')} open"
            self.oracle.violate("L4", root.id, f"counts {text}; there are {len(alarms)}, {len(open_)} open")
        known = [row["severity"] for row in rows if row["kind"] == "alone"]
        if known and SEVERITIES.index(root.head["severity"]) > min(map(SEVERITIES.index, known)):
            self.oracle.violate("L4", root.id, f"is {root.head['severity']}, of its alarms one is worse")
        for name in {name for row in rows for name in row.get("recipients", ())} - set(root.recipients):
            self.oracle.violate("L4", root.id, f"{name} hears of one of its alarms, and not of it")

    def _judge_storms(self, records: Records) -> None:
        now = self.oracle.world.now // MS
        policy = (self.oracle.configurations[-1][1].incidents or {}).get("storm") or {"calm_seconds": 0}
        healed = EPOCH // MS + round(self.oracle.script.heal_at * 1_000)
        for root in records.incidents.values():
            if root.kind != "storm":
                continue
            self._judge_begin(records, root)
            joined = max([healed, *(row["joined_at"] for row in root.members.values())])
            is_over = joined + 1_000 * policy["calm_seconds"] + 300_000 < now
            groups = records.open_groups.items()
            keys = [key for key, (incident, until) in groups if incident == root.id and until > now]
            if is_over and (keys or root.head.get("keys")):
                self.oracle.violate("L4", root.id, f"the storm is not over, alarms join it by {keys}")
        for incident, at in records.reviews.items():
            if at < now - 5 * 60_000:
                self.oracle.violate("L5", incident, "is to be looked at, and was not")

    def _judge_begin(self, records: Records, storm: Root) -> None:
        """S22. The number of a minute is in part that of the minute before."""
        policy = (self.oracle.configurations[0][1].incidents or {}).get("storm")
        if not self.oracle.is_exact or not policy or not storm.members:
            return
        began = min(row["joined_at"] for row in storm.members.values())
        new = [
            own
            for own in records.incidents.values()
            if not own.members and began - 125_000 < (own.head.get("joined_at") or own.head["opened"]) <= began + 1_000
        ]
        if len(new) < min(policy["account_per_minute"], policy["environment_per_minute"]):
            self.oracle.violate("S22", storm.id, f"began with {len(new)} new incidents")

    def _judge_places(self, records: Records) -> None:
        """S15: alarms that share a key while a group takes new ones are in it, unless a nearer key says otherwise."""
        if len(self.oracle.configurations) > 1 or self.oracle.world.reached["lambda.clock-skew"]:
            return
        policy = self.oracle.configurations[0][1].incidents
        if policy is None:
            return
        joined: dict[str, list[tuple[int, str]]] = defaultdict(list)
        members = []
        ends: dict[str, int] = {}
        for root in records.incidents.values():
            if root.kind != "group" or not root.members:
                continue
            ends[root.id] = (
                min(row["joined_at"] for row in root.members.values()) + 1_000 * policy["group"]["collect_seconds"]
            )
            for row in root.members.values():
                keys = shared_keys(self.oracle.script, row["key"], policy["group"]["by"])
                members.append((root, row, keys))
                for key in keys:
                    joined[key].append((row["joined_at"], root.id))
        side = EITHER_SIDE // MS
        for root, row, keys in members:
            at = row["joined_at"]
            if at - row["opened"] > 300_000:
                continue
            self._judge_joined(root, row, {key: joined[key] for key in keys}, ends[root.id])
            for key in keys:
                perhaps = {id_ for since, id_ in joined[key] if since <= at + side and ends[id_] > at - side}
                surely = {id_ for since, id_ in joined[key] if since < at - side and ends[id_] > at + side}
                others = surely - {root.id}
                came_after = not any(since < at for since, id_ in joined[key] if id_ == root.id)
                if root.id in perhaps and not (others and came_after):
                    break
                if others:
                    text = f"{row['key']['alarm']} is not in {sorted(others)}, though they share {key}"
                    self.oracle.violate("S15", root.id, text)
                    break

    def _judge_joined(
        self, root: Root, row: dict[str, Any], joined: dict[str, list[tuple[int, str]]], end: int
    ) -> None:
        """S15: whoever joins a group has something in common with one that was in it, and comes in time."""
        at, side = row["joined_at"], EITHER_SIDE // MS
        if at == min(one["joined_at"] for one in root.members.values()):
            return
        alarm = row["key"]["alarm"]
        if at > end + side:
            self.oracle.violate("S15", root.id, f"{alarm} joined it after it had closed")
        earlier = [since for times in joined.values() for since, id_ in times if id_ == root.id and since < at]
        again = any(one["key"] == row["key"] and one["joined_at"] < at for one in root.members.values())
        if not earlier and not again:
            self.oracle.violate("S15", root.id, f"{alarm} joined it and has nothing in common with it")
