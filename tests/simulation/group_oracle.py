"""Judges worlds with incidents of several alarms, by the truth about the alarms and their causes.

What oracle.py says of single alarms holds of incidents here; codes that differ or are added:

    S1   two tickets of one incident are open in one channel for longer than a page takes to replace another
    S2   a channel hears of an incident none of whose alarms is for it
    S4   a page for an incident whose alarms are all OK
    S15  an alarm is not in exactly one incident, a member's row is not as its alarm is, or what alarms have in common
         by the file did not bring them together
    S16  more pages than there were reasons: opening, worse severity, another critical alarm, opening again
    S17  a reminder of what is over, or of what somebody has taken on
    S18  something is owed or sent of an incident that is part of another
    S19  the first message came before the wait was over, or long after (worlds without faults)
    S21  what was worth a page paged nobody (worlds without faults)
    S22  a storm of fewer alarms than the file says (worlds without faults)
    S20  two causes are one incident, and no channel that shows its alarms ever named both

Liveness: L2, L3 of incidents; L4 a storm is calm, and every incident is open if and only if one of its alarms is;
L7 an open incident is shown with all its alarms; L8 what is open and not taken on is reminded of.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.simulation import system
from tests.simulation.group_records import NOBODY, Records, Root
from tests.simulation.oracle import LATE, ON_ITS_WAY, TICKETS, Oracle
from tests.simulation.script import Script
from tests.simulation.table import Table
from tests.simulation.truth import Truth
from tests.simulation.vendors.network import Sighting
from tests.simulation.world import EPOCH, MINUTE, MS, SECOND, World

SEVERITIES = ("critical", "high", "medium", "low")
# The channels that show further alarms of an open incident.
SHOWING = ("jira", "slack", "opsitem", "webhook")
PAGES_AGAIN = 5 * MINUTE
# What a message may take besides its wait, where nothing fails; a channel that makes lists takes longest.
DELIVERY = 30 * SECOND
# What is decided within this of the end of a group's life may be on either side of it.
EITHER_SIDE = 15 * SECOND
LASTING = 40 * MINUTE
# Slack lists so many alarms.
MOST_SHOWN = 20
_ALARM = re.compile(r"\ba\d{3,4}-alarm-prod\b")
_KEY = re.compile(r"([0-9a-f]{16})(?:-\d+)?$")
_LINE = re.compile(r"(ALARM|OK|INSUFFICIENT_DATA) (?:critical|high|medium|low): (a\d{3,4}-alarm-prod)")
_TITLE = re.compile(r"(Reminder: |Worse: )?(ALARM|OK|INSUFFICIENT_DATA) (critical|high|medium|low): ")


@dataclass(slots=True)
class Accounting:
    """Of causes and incidents. causes: those of several alarms. split: of these, in more than one incident; joined: in
    more than one although the file joins all their alarms. incidents: of alarms that have been in ALARM. merged: those
    of several causes. seen: of these, where every channel that shows alarms named all causes; partly: where one did and
    another did not; unseen: where none did. storms: incidents that a storm made, which count nowhere else.
    """

    causes: int = 0
    split: int = 0
    joined: int = 0
    incidents: int = 0
    merged: int = 0
    seen: int = 0
    partly: int = 0
    unseen: int = 0
    storms: int = 0

    def add(self, other: Accounting) -> None:
        """Those of another world."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Said:
    """One message. title: state and severity; empty where it has none. named: alarms."""

    at: int
    action: str
    state: str
    severity: str
    is_reminder: bool
    named: frozenset[str]


class GroupOracle(Oracle):
    """tables: to read incidents from. said: what a channel saw of an incident, in order."""

    def __init__(self, world: World, truth: Truth, script: Script) -> None:
        super().__init__(world, truth)
        self.script = script
        self.tables: tuple[Table, ...] = ()
        self.told: dict[tuple[str, str], list[Said]] = defaultdict(list)
        self.named_in_lists: dict[str, set[str]] = defaultdict(set)
        # When a list first said that an alarm's incident is in a state.
        self.list_lines: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        self.open_keys: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.acknowledgements: dict[str, list[tuple[int, str, int | None]]] = defaultdict(list)
        self.accounting = Accounting()
        self.is_exact = not script.faults and script.only is None and not any(e["do"] == "down" for e in script.events)

    # What people do

    def acknowledged(self, alarm: str, seconds: float | None) -> tuple[str, int, str, int | None] | None:
        """Take the incident of an alarm on; partition, time, severity and end of that. None where it has none."""
        records = Records(self.tables)
        own = [change.incident for change in records.changes.get(alarm, ()) if change.incident not in ("", NOBODY)]
        root = records.root_of(own[-1]) if own else None
        if root is None or not root.is_open or root.parent:
            return None
        now = self.world.now
        until = None if seconds is None else now + round(seconds * SECOND)
        severity = str(root.head["severity"])
        self.acknowledgements[root.id].append((now, severity, until))
        return f"INC#{root.id}", now // MS, severity, None if until is None else until // MS

    # What people see

    def see(self, sighting: Sighting) -> None:
        """People see something."""
        channel, text = sighting.channel, sighting.text
        if system.FORGER in text:
            self.violate("S13", channel, "says what a forger sent")
            return
        incident = _incident(sighting)
        named = frozenset(_ALARM.findall(text))
        if not incident:
            self.named_in_lists[channel] |= named
            for line in _LINE.findall(text):
                self.list_lines[channel][line[1], line[0]] = self.world.now
            for alarm in named:
                self._is_listed_rightly(channel, alarm)
            return
        title = _TITLE.search(_title(self.kinds[channel], sighting))
        said = Said(
            self.world.now,
            sighting.action,
            title[2] if title else "",
            title[3] if title else "",
            bool(title and title[1] == "Reminder: "),
            named,
        )
        self.told[channel, incident].append(said)
        self._follow(sighting, channel, incident)
        if sighting.action in ("close", "resolve"):
            return
        root = Records(self.tables).incidents.get(incident)
        if root is None:
            self.violate("S18", f"{channel}/{incident}", "a message of an incident that is not in the table")
            return
        if root.parent:
            self.violate("S18", f"{channel}/{incident}", f"a message of an incident that is part of {root.parent}")
        self._is_for(channel, root)
        if said.is_reminder:
            self._reminded(channel, root)
        if self.kinds[channel] == "pagerduty" and sighting.action == "trigger":
            self._is_over(channel, root, "S4", "a page")

    def _follow(self, sighting: Sighting, channel: str, incident: str) -> None:
        """S1. A page may replace another: then two alerts are open until the older one is resolved."""
        if self.kinds[channel] not in TICKETS:
            return
        key = sighting.incident if self.kinds[channel] == "pagerduty" else ""
        opened = self.open_keys[channel, incident]
        if sighting.action in ("create", "reopen", "trigger"):
            if key in opened and (channel, incident) not in self.touched and self.kinds[channel] != "pagerduty":
                self.violate("S1", f"{channel}/{incident}", "a second ticket is open")
            opened[key] = self.world.now
        elif sighting.action in ("close", "resolve"):
            opened.pop(key, None)

    def _is_for(self, channel: str, root: Root) -> None:
        """S2."""
        escalated = [to for c in self._policies() for one in c["escalate"].values() for to in one["to"]]
        if root.kind == "storm":
            escalated += [name for _, c in self.configurations for name in c.routes["critical"]]
        if channel not in escalated and not any(channel in self.hearers[alarm] for alarm in root.alarms):
            self.violate("S2", f"{channel}/{root.id}", "none of its alarms is routed there")

    def _is_listed_rightly(self, channel: str, alarm: str) -> None:
        """S2. A list names the worst alarm of an incident, which may be for others."""
        if channel in self.hearers[alarm]:
            return
        for root in Records(self.tables).roots():
            if alarm in root.alarms:
                self._is_for(channel, root)

    def _policies(self) -> list[dict[str, Any]]:
        return [c.incidents for _, c in self.configurations if c.incidents]

    def _is_over(self, channel: str, root: Root, code: str, what: str) -> None:
        """Whether all its alarms are OK, and that was decided some time ago."""
        decided = []
        for alarm in root.alarms:
            changes = self.truth.changes.get(alarm, [])
            known = [change for change in changes if change[0] <= self.world.now]
            if alarm in self.truth.suppressed or not known or known[-1][1] != "OK":
                return
            when = self.decided.get((alarm, *known[-1]))
            if when is None:
                return
            decided.append(when)
        on_its_way = ON_ITS_WAY + (LATE if self.world.reached["vendor.late-effect"] else 0)
        if self.world.now - max(decided) > on_its_way:
            self.violate(code, f"{channel}/{root.id}", f"{what}, though all alarms are OK and that was decided")

    def _reminded(self, channel: str, root: Root) -> None:
        self._is_over(channel, root, "S17", "a reminder")
        for at, severity, until in self.acknowledgements[root.id]:
            is_worse = SEVERITIES.index(root.head["severity"]) < SEVERITIES.index(severity)
            holds = at + LATE < self.world.now and (until is None or self.world.now < until) and not is_worse
            if holds:
                self.violate("S17", f"{channel}/{root.id}", "a reminder of what somebody has taken on")

    # At the end

    def judge(self, channels: dict[str, str], is_quiet: bool) -> None:  # noqa: FBT001
        """All was healed long ago. channels: what is deployed."""
        records = Records(self.tables)
        reminds = any((c["remind_seconds"] or c["escalate"]) for c in self._policies())
        if not is_quiet and not (reminds and any(root.is_open for root in records.roots())):
            self.violate("L1", "the world", "is not quiet, long after everything was healed")
        self._judge_alarms(records)
        self._judge_places(records)
        for incident in records.incidents.values():
            if incident.parent:
                self._judge_part(records, incident)
            else:
                self._judge_root(records, incident)
                for channel, kind in channels.items():
                    self._judge_channel(records, incident, channel, kind)
        self._judge_storms(records)
        self._account(records)
        self._judge_budgets()

    def _own_open(self, records: Records, alarm: str) -> str | None:
        """The alarm's own incident that has to be open; empty for none, None where that cannot be said."""
        real = [change for change in self.truth.changes.get(alarm, []) if change[0] >= 0]
        known = records.changes.get(alarm, [])
        if alarm in self.truth.suppressed or not real or any((alarm, *change) not in self.decided for change in real):
            return None
        if not known or (known[-1].at, known[-1].state) != real[-1]:
            return None
        if real[-1][1] == "OK":
            return ""
        if real[-1][1] == "ALARM":
            return known[-1].incident
        before = next((change for change in reversed(known[:-1]) if change.state != "INSUFFICIENT_DATA"), None)
        own = before.incident if before and before.state == "ALARM" else known[-1].incident
        return own

    def _judge_alarms(self, records: Records) -> None:
        """S15: rows as the alarms are."""
        for alarm in self.truth.changes:
            expected = self._own_open(records, alarm)
            if expected is None:
                continue
            expected = "" if expected == NOBODY else expected
            is_open = [
                incident.id
                for incident in records.incidents.values()
                if not incident.members and incident.head["key"]["alarm"] == alarm and incident.is_open
                and incident.kind in ("alone", "no-data")
            ]
            if is_open != ([expected] if expected else []):
                self.violate("S15", alarm, f"its own incidents {is_open} are open, it should be {expected or 'none'}")
            rows = [
                (root.id, own)
                for root in records.incidents.values()
                for own, row in root.members.items()
                if row["key"]["alarm"] == alarm and row.get("ended") is None
            ]
            own = records.incidents.get(expected)
            wanted = [(own.parent, expected)] if own and own.parent else []
            if rows != wanted:
                self.violate("S15", alarm, f"is an open member of {rows}, it should be {wanted}")

    def _judge_part(self, records: Records, own: Root) -> None:
        parent = records.incidents.get(own.parent)
        if parent is None or own.id not in parent.members:
            self.violate("S15", own.id, f"is part of {own.parent}, which does not have it")
            return
        if parent.parent:
            self.violate("S15", own.id, "is part of what is part of something else")
        if own.deliveries:
            self.violate("S18", own.id, f"is part of {own.parent}, and owed to {sorted(own.deliveries)}")
        row = parent.members[own.id]
        for name in ("severity", "state", "opened", "alarm_at", "ended"):
            if row.get(name) != own.head.get(name) and not (name == "alarm_at" and not own.head.get(name)):
                self.violate("S15", own.id, f"its row says {name} {row.get(name)}, it is {own.head.get(name)}")

    def _judge_root(self, records: Records, root: Root) -> None:
        """L4, and the head as the rows are."""
        if root.kind not in ("group", "storm"):
            return
        rows = list(root.members.values())
        open_ = {row["key"]["alarm"] for row in rows if row.get("ended") is None}
        if root.is_open != bool(open_):
            self.violate("L4", root.id, f"is {'open' if root.is_open else 'ended'}, of its alarms {len(open_)} are not OK")
        alarms = {row["key"]["alarm"] for row in rows}
        if root.head.get("members", 0) != len(alarms) or root.head.get("open_members", 0) != len(open_):
            text = f"{root.head.get('members')} and {root.head.get('open_members')} open; there are {len(alarms)}, {len(open_)}"
            self.violate("L4", root.id, f"counts {text}")
        known = [row["severity"] for row in rows if row["kind"] == "alone"]
        if known and SEVERITIES.index(root.head["severity"]) > min(map(SEVERITIES.index, known)):
            self.violate("L4", root.id, f"is {root.head['severity']}, of its alarms one is worse")
        for name in {name for row in rows for name in row.get("recipients", ())} - set(root.recipients):
            self.violate("L4", root.id, f"{name} hears of one of its alarms, and not of it")

    def _judge_channel(self, records: Records, root: Root, channel: str, kind: str) -> None:
        if channel not in root.recipients or (channel, root.id) in self._touched_incidents():
            return
        told, subject = self.told[channel, root.id], f"{channel}/{root.id}"
        has_alarm = bool(root.head.get("alarm_at"))
        is_listed = kind in system.LISTED and bool(root.alarms & self.named_in_lists[channel])
        if root.is_open and has_alarm and not told and not is_listed:
            self.violate("L1", subject, "is open, and the channel heard nothing")
        if kind in TICKETS:
            opened = self.open_keys[channel, root.id]
            code = "L3" if kind == "pagerduty" else "L2"
            if len(opened) > 1 or (opened and not root.is_open):
                self.violate(code, subject, f"{len(opened)} tickets are open, it is {_stands(root)}")
            if not opened and root.is_open and has_alarm:
                self.violate(code, subject, "no ticket is open, it is open")
        elif told and "vendor.late-effect" not in self.script.faults and self.script.only is None:
            states = [said.state for said in told if said.state]
            listed = any((alarm, "OK") in self.list_lines[channel] for alarm in root.alarms)
            if "ALARM" in states and (states[-1] == "OK") == root.is_open and not (listed and not root.is_open):
                self.violate("L2", subject, f"the last it was told is {states[-1]}, it is {_stands(root)}")
        self._judge_pages(root, channel, kind)
        self._judge_reasons(root, channel, kind)
        self._judge_shown(root, channel, kind, told)
        self._judge_reminders(root, channel, kind, told)
        if self.is_exact and told:
            self._judge_wait(root, channel, told)

    def _touched_incidents(self) -> set[tuple[str, str]]:
        return self.touched

    def _history(self, root: Root) -> list[tuple[int, str, str]]:
        """When it was decided that an alarm of it is in a state, in that order."""
        found = []
        for alarm in root.alarms:
            for at, state in self.truth.changes.get(alarm, []):
                decided = self.decided.get((alarm, at, state))
                if decided is not None:
                    found.append((decided, alarm, state))
        return sorted(found)

    def _judge_pages(self, root: Root, channel: str, kind: str) -> None:
        """S16: at most as many pages as reasons."""
        if kind != "pagerduty":
            return
        pages = [said.at for said in self.told[channel, root.id] if said.action == "trigger"]
        reasons, open_, worst, latest, alarms = 0, set[str](), len(SEVERITIES), -PAGES_AGAIN, set[str]()
        for at, alarm, state in self._history(root):
            if state == "OK":
                open_.discard(alarm)
            if state != "ALARM":
                continue
            severity = self.script.alarms.get(alarm, "low")
            rank = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
            alarms.add(alarm)
            is_late_critical = severity == "critical" and at > latest + PAGES_AGAIN - EITHER_SIDE
            if not open_ or rank < worst or is_late_critical or len(alarms) == 1 or alarm in self.truth.suppressed:
                reasons, latest = reasons + 1, at
            worst = min(worst, rank)
            open_.add(alarm)
        if len(pages) > reasons and not self._is_unsure(channel):
            self.violate("S16", f"{channel}/{root.id}", f"{len(pages)} pages for {reasons} reasons")

        flapping = (self.configurations[-1][1].incidents or {}).get("flapping")
        if flapping and len(root.alarms) == 1 and not self._is_unsure(channel):
            allowed, apart = flapping["repeats"] + 2, flapping["page_every_seconds"] * SECOND
            for first, last in zip(pages, pages[allowed:], strict=False):
                if last - first < apart:
                    self.violate("S16", f"{channel}/{root.id}", f"{allowed + 1} pages while it was flapping")

    def _judge_reasons(self, root: Root, channel: str, kind: str) -> None:
        """S21: in a world without faults what is worth a page pages, if it lasts."""
        policy = self.configurations[0][1].incidents
        is_plain = self.is_exact and len(self.configurations) == 1 and not self.script.slow
        if kind != "pagerduty" or not is_plain or policy is None or root.kind != "group":
            return
        pages = [said.at for said in self.told[channel, root.id] if said.action in ("trigger", "update")]
        worst = len(SEVERITIES)
        for row in sorted(root.members.values(), key=lambda row: row["joined_at"]):
            severity, alarm, at = row["severity"], row["key"]["alarm"], row["joined_at"] * MS
            rank = SEVERITIES.index(severity)
            is_worse, worst = rank < worst, min(rank, worst)
            spaced = alarm in self.truth.suppressed or "page_again_seconds" in self.script.about.get(alarm, {})
            lasts = (row.get("ended") or self.world.now // MS) * MS - at > 5 * MINUTE
            if spaced or not lasts or channel not in row.get("recipients", ()) or row["kind"] != "alone":
                continue
            if policy.get("flapping") and len(root.head.get("repeats", ())) > policy["flapping"]["repeats"]:
                continue
            since = at - SECOND if is_worse else at - PAGES_AGAIN - EITHER_SIDE
            if (is_worse or severity == "critical") and not any(since <= page <= at + 2 * MINUTE for page in pages):
                self.violate("S21", f"{channel}/{root.id}", f"no page for {alarm}, which is {severity}")

    def _judge_shown(self, root: Root, channel: str, kind: str, told: list[Said]) -> None:
        """L7: where an open incident is shown, all its alarms are, as far as they fit."""
        delivery = root.deliveries.get(channel, {})
        is_shown = delivery.get("state") == "ALARM" and not delivery.get("digested") and told
        if kind not in SHOWING or not root.is_open or not is_shown or not 1 < len(root.alarms) <= MOST_SHOWN:
            return
        missing = root.alarms - frozenset[str]().union(*(said.named for said in told))
        changed = max(row["joined_at"] for row in root.members.values()) * MS
        if missing and changed < self.world.now - 10 * MINUTE:
            self.violate("L7", f"{channel}/{root.id}", f"does not show {sorted(missing)}")

    def _is_unsure(self, channel: str) -> bool:
        """Whether a request may have taken effect after it was given up."""
        return bool(self.world.reached["vendor.late-effect"]) or bool(self.late)

    def _judge_reminders(self, root: Root, channel: str, kind: str, told: list[Said]) -> None:
        """L8, and in worlds without faults not too many."""
        every = (self.configurations[-1][1].incidents or {}).get("remind_seconds", {}).get(root.head["severity"])
        reminders = [said.at for said in told if said.is_reminder]
        if every and any(later - earlier < every * SECOND - 3 * MINUTE for earlier, later in pairwise(reminders)):
            if self.is_exact and kind != "webhook":
                self.violate("S17", f"{channel}/{root.id}", "reminders came too close together")
        if kind not in ("slack", "slack-webhook", "webhook", "email") or not every or not root.is_open:
            return
        rows = [row for row in root.members.values() if row.get("ended") is None and row["kind"] == "alone"]
        in_alarm = bool(rows) if root.members else root.kind == "alone"
        since = max(root.head.get("alarm_at", 0), root.head.get("reminded_at", 0)) * MS
        healed = EPOCH + round(self.script.heal_at * SECOND)
        due = max(since + every * SECOND, healed) + 6 * MINUTE
        if in_alarm and not self._is_taken(root) and told and due < self.world.now:
            self.violate("L8", f"{channel}/{root.id}", "is open and nobody has taken it on, and no reminder came")

    def _is_taken(self, root: Root) -> bool:
        return any("ACK" in table.items.get(f"INC#{root.id}", {}) for table in self.tables)

    def _judge_wait(self, root: Root, channel: str, told: list[Said]) -> None:
        """S19."""
        policy = self.configurations[0][1].incidents
        if len(self.configurations) > 1 or policy is None or root.kind != "group" or self.script.slow:
            return
        rows = sorted(root.members.values(), key=lambda row: row["joined_at"])
        rows = [row for row in rows if channel in row.get("recipients", ()) and row["kind"] == "alone"]
        if not rows:
            return
        # A channel that hears of none of the first ones is a recipient from its own first one on.
        began = min(row["joined_at"] for row in root.members.values()) * MS
        own = rows[0]["joined_at"] * MS
        waits = policy["group"]["wait_seconds"]
        first = told[0].at
        by_then = [row["severity"] for row in root.members.values() if row["joined_at"] * MS <= first]
        least = min(waits[severity] for severity in by_then or [rows[0]["severity"]])
        # What is over by then is told at once, and who joins is among the recipients from then on.
        changes = [change for alarm in root.alarms for change in self.truth.changes.get(alarm, ())]
        is_over = any(state == "OK" and began <= at <= first for at, state in changes)
        if first < began + least * SECOND - SECOND and own == began and not is_over:
            self.violate("S19", f"{channel}/{root.id}", f"heard {(first - began) / SECOND:.1f} s after it began")
        is_late = first > own + waits[rows[0]["severity"]] * SECOND + DELIVERY
        if is_late and not is_over and not self.named_in_lists[channel]:
            self.violate("S19", f"{channel}/{root.id}", f"heard only {(first - own) / SECOND:.1f} s after its alarm")

    def _judge_storms(self, records: Records) -> None:
        now = self.world.now // MS
        policy = (self.configurations[-1][1].incidents or {}).get("storm") or {"calm_seconds": 0}
        healed = EPOCH // MS + round(self.script.heal_at * 1_000)
        for root in records.incidents.values():
            if root.kind != "storm":
                continue
            self._judge_begin(records, root)
            joined = max([healed, *(row["joined_at"] for row in root.members.values())])
            is_over = joined + 1_000 * policy["calm_seconds"] + 300_000 < now
            keys = [key for key, (incident, until) in records.open_groups.items() if incident == root.id and until > now]
            if is_over and (keys or root.head.get("keys")):
                self.violate("L4", root.id, f"the storm is not over, alarms join it by {keys}")
        for incident, at in records.reviews.items():
            if at < now - 5 * 60_000:
                self.violate("L5", incident, "is to be looked at, and was not")

    def _judge_begin(self, records: Records, storm: Root) -> None:
        """S22. The number of a minute is in part that of the minute before."""
        policy = (self.configurations[0][1].incidents or {}).get("storm")
        if not self.is_exact or not policy or not storm.members:
            return
        began = min(row["joined_at"] for row in storm.members.values())
        new = [
            own
            for own in records.incidents.values()
            if not own.members and began - 125_000 < (own.head.get("joined_at") or own.head["opened"]) <= began + 1_000
        ]
        if len(new) < min(policy["account_per_minute"], policy["environment_per_minute"]):
            self.violate("S22", storm.id, f"began with {len(new)} new incidents")

    # Places

    def _judge_places(self, records: Records) -> None:
        """S15: alarms that share a key while a group takes new ones are in it, unless a nearer key says otherwise."""
        if len(self.configurations) > 1 or self.world.reached["lambda.clock-skew"]:
            return
        policy = self.configurations[0][1].incidents
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
                keys = self._keys(row["key"], policy["group"]["by"])
                members.append((root, row, keys))
                for key in keys:
                    joined[key].append((row["joined_at"], root.id))
        side = EITHER_SIDE // MS
        for root, row, keys in members:
            at = row["joined_at"]
            if at - row["opened"] > 300_000:
                continue
            for key in keys:
                perhaps = {id_ for since, id_ in joined[key] if since <= at + side and ends[id_] > at - side}
                surely = {id_ for since, id_ in joined[key] if since < at - side and ends[id_] > at + side}
                if root.id in perhaps and not (surely - {root.id} and not any(s < at for s, i in joined[key] if i == root.id)):
                    break
                if surely - {root.id}:
                    text = f"{row['key']['alarm']} is not in {sorted(surely)}, though they share {key}"
                    self.violate("S15", root.id, text)
                    break

    def _keys(self, key: dict[str, str], by: list[str]) -> list[str]:
        """What an alarm has in common with others, by the file."""
        about = self.script.about.get(key["alarm"], {})
        if about.get("alone"):
            return []
        where = (key["account"], key["region"])
        keys = [f"composite {name} {where}" for name in about.get("parts_of", ())]
        keys += [f"objective {about['objective']} {where}"] if about.get("objective") else []
        values = {"service": about.get("service", ""), "account": key["account"]}
        if by and all(values[name] for name in by):
            keys.append(f"group {[values[name] for name in by]}")
        return keys

    # Causes

    def _account(self, records: Records) -> None:
        """How many causes are one incident, and the reverse; S20."""
        causes: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        incidents: dict[int, set[str]] = defaultdict(set)
        alarms: dict[int, set[str]] = defaultdict(set)
        for alarm, changes in records.changes.items():
            for change in changes:
                cause = self.truth.causes.get((alarm, change.at))
                root = records.root_of(change.incident) if change.incident not in ("", NOBODY) else None
                if cause is None or root is None or change.state != "ALARM":
                    continue
                causes[root.id][cause].add(alarm)
                incidents[cause].add(root.id)
                alarms[cause].add(alarm)
        accounting = self.accounting
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
        policy = self.configurations[-1][1].incidents
        assert policy is not None
        keys = {}
        for alarm in alarms:
            account, region = self.script.places.get(alarm, (system.MEMBER, system.REGION))
            key = {"alarm": alarm, "account": account, "region": region}
            keys[alarm] = set(self._keys(key, policy["group"]["by"]))
        left = set(alarms)
        known = keys[left.pop()]
        while near := {alarm for alarm in left if keys[alarm] & known}:
            known |= {key for alarm in near for key in keys[alarm]}
            left -= near
        return not left

    def _judge_merged(self, root: Root, by_cause: dict[int, set[str]]) -> None:
        named: list[set[int]] = []
        for channel in root.recipients:
            if self.kinds[channel] in SHOWING and self.told[channel, root.id]:
                said = frozenset[str]().union(*(one.named for one in self.told[channel, root.id]))
                named.append({cause for cause, alarms in by_cause.items() if alarms & said})
        if named and all(len(causes) == len(by_cause) for causes in named):
            self.accounting.seen += 1
        elif any(len(causes) == len(by_cause) for causes in named):
            self.accounting.partly += 1
        else:
            self.accounting.unseen += 1
            missing = [sorted(alarms) for cause, alarms in by_cause.items() if not any(cause in causes for causes in named)]
            if named and missing and self._lasts(missing):
                self.violate("S20", root.id, f"is of {len(by_cause)} causes, and no channel named {missing}")

    def _lasts(self, missing: list[list[str]]) -> bool:
        """Whether one of those alarms was in ALARM for so long that an update had to come."""
        for alarm in (alarm for alarms in missing for alarm in alarms):
            for incident in self.truth.incidents(alarm, self.world.now):
                end = incident.end or self.world.now
                if end - incident.start > LASTING:
                    return True
        return False


def _stands(root: Root) -> str:
    return "open" if root.is_open else "over"


def _incident(sighting: Sighting) -> str:
    """The id of the incident that a message is about; empty for a list."""
    found = _KEY.search(sighting.incident)
    return found[1] if found else system.read(sighting.text).incident


def _title(kind: str, sighting: Sighting) -> str:
    """The line that says how it stands; empty where a message has none."""
    text = sighting.text
    if kind == "email":
        return text.partition("\n")[0]
    if not text.startswith("{"):
        return ""
    data = json.loads(text)
    match kind:
        case "jira":
            return str(data.get("fields", {}).get("summary", "")) or text if "body" not in data else text
        case "pagerduty":
            return str(data["payload"]["summary"])
        case "opsitem":
            return str(data.get("Title", ""))
        case "webhook":
            return str(data["title"])
    return str(data["text"])
