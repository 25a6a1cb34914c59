"""Judges worlds with incidents of several alarms, by the truth about the alarms and their causes.

What oracle.py says of single alarms holds of incidents here; codes that differ or are added:

    S1   two tickets of one incident are open in one channel for longer than a page takes to replace another
    S2   a channel hears of an incident none of whose alarms is for it
    S4   a page for an incident whose alarms are all OK
    S15  an alarm is not in exactly one incident, a member's row is not as its alarm is, or what alarms have in common
         by the file did not bring them together
    S16  more pages than there were reasons: opening, worse severity, another critical alarm, opening again; or a page
         while only alarms of others are not OK
    S17  a reminder of what is over, or of what somebody has taken on
    S18  something is owed or sent of an incident that is part of another
    S19  the first message came before the wait was over, or long after (worlds without faults)
    S21  what was worth a page paged nobody (worlds without faults)
    S22  a storm of fewer alarms than the file says (worlds without faults)
    S23  a message says ALARM while all alarms of the incident that are not OK fired muted, and still are
    S20  two causes are one incident, and no channel that shows its alarms ever named both

Liveness: L2, L3 of incidents; L4 a storm is calm, and every incident is open if and only if one of its alarms is;
L7 an open incident is shown with all its alarms; L8 what is open and not taken on is reminded of.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from tests.simulation import system
from tests.simulation.cause_accounting import Accounting, CauseAccountant
from tests.simulation.channel_judge import ChannelJudge, Said
from tests.simulation.group_judge import SEVERITIES, GroupJudge
from tests.simulation.group_records import NOBODY, Records, Root
from tests.simulation.oracle import LATE, ON_ITS_WAY, TICKETS, Oracle
from tests.simulation.script import PAGERS, Script
from tests.simulation.table import Table
from tests.simulation.truth import Truth
from tests.simulation.vendors.network import Sighting
from tests.simulation.world import MINUTE, MS, SECOND, World

_ALARM = re.compile(r"\ba\d{3,4}-alarm-prod\b")
_KEY = re.compile(r"([0-9a-f]{16})(?:-\d+)?$")
_LINE = re.compile(r"(ALARM|OK|INSUFFICIENT_DATA) (?:critical|high|medium|low): (a\d{3,4}-alarm-prod)")
_TITLE = re.compile(r"(Reminder: |Worse: )?(ALARM|OK|INSUFFICIENT_DATA) (critical|high|medium|low): ")


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
        root = Records.of(self.tables, incident).incidents.get(incident)
        if root is None:
            self.violate("S18", f"{channel}/{incident}", "a message of an incident that is not in the table")
            return
        if root.parent:
            self.violate("S18", f"{channel}/{incident}", f"a message of an incident that is part of {root.parent}")
        self._is_for(channel, root)
        if said.state == "ALARM" and root.is_open:
            self._is_muted(channel, root)
        if said.is_reminder:
            self._reminded(channel, root)
        if self.kinds[channel] in PAGERS and sighting.action == "trigger":
            self._is_over(channel, root, "S4", "a page")
            self._is_for_others(channel, root)

    def _follow(self, sighting: Sighting, channel: str, incident: str) -> None:
        """S1. A page may replace another: then two alerts are open until the older one is resolved."""
        if self.kinds[channel] not in TICKETS:
            return
        key = sighting.incident if self.kinds[channel] in PAGERS else ""
        opened = self.open_keys[channel, incident]
        if sighting.action in ("create", "reopen", "trigger"):
            if key in opened and (channel, incident) not in self.touched and self.kinds[channel] not in PAGERS:
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

    def _is_for_others(self, channel: str, root: Root) -> None:
        """S16. A pager is not called because of alarms that others hear of."""
        escalated = {to for c in self._policies() for one in c["escalate"].values() for to in one["to"]}
        own = {alarm for alarm in root.alarms if channel in self.hearers[alarm]}
        if root.kind == "group" and own and channel not in escalated:
            self._is_over(channel, root, "S16", "a page", own)

    def _is_muted(self, channel: str, root: Root) -> None:
        """S23."""
        now, since = self.world.now, []
        for alarm in root.alarms:
            known = [change for change in self.truth.changes.get(alarm, []) if change[0] <= now]
            if known and known[-1][1] != "OK":
                since.append((alarm, known[-1][0]))
            # That it was in ALARM before may still be on its way.
            ended = [
                self.decided.get((alarm, *change), now) for change in known if change[0] >= 0 and change[1] == "OK"
            ]
            if ended and now - ended[-1] <= self._on_its_way(channel, root):
                return
        if since and all(self.muted.forbids(alarm, at, now) for alarm, at in since):
            self.violate("S23", f"{channel}/{root.id}", f"says ALARM, and {sorted(dict(since))} are muted")

    def _is_listed_rightly(self, channel: str, alarm: str) -> None:
        """S2. A list names the worst alarm of an incident, which may be for others."""
        if channel in self.hearers[alarm]:
            return
        for root in Records(self.tables).roots():
            if alarm in root.alarms:
                self._is_for(channel, root)

    def _policies(self) -> list[dict[str, Any]]:
        return [c.incidents for _, c in self.configurations if c.incidents]

    def _is_over(self, channel: str, root: Root, code: str, what: str, among: Collection[str] = ()) -> None:
        """Whether all its alarms are OK, and that was decided some time ago. among: of its alarms; all where empty."""
        decided = []
        for alarm in among or root.alarms:
            changes = self.truth.changes.get(alarm, [])
            known = [change for change in changes if change[0] <= self.world.now]
            if alarm in self.truth.suppressed or not known or known[-1][1] != "OK":
                return
            when = self.decided.get((alarm, *known[-1]))
            if when is None:
                return
            decided.append(when)
        if self.world.now - max(decided) > self._on_its_way(channel, root):
            whose = "the alarms that it hears of" if among else "all alarms"
            self.violate(code, f"{channel}/{root.id}", f"{what}, though {whose} are OK and that was decided")

    def _on_its_way(self, channel: str, root: Root) -> int:
        """How long after a decision people may be sent what was so before; a storm is looked at once a minute."""
        late = self.late_effect(channel)
        return ON_ITS_WAY + late + (MINUTE if root.kind == "storm" else 0)

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
        GroupJudge(self).judge(records)
        for root in records.roots():
            for channel, kind in channels.items():
                ChannelJudge(self).judge(root, channel, kind)
        CauseAccountant(self).account(records)
        self._judge_budgets()


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
        case "jsm":
            return str(data.get("message", "")) or text
        case "servicenow":
            return str(data.get("short_description", ""))
        case "opsitem":
            return str(data.get("Title", ""))
        case "webhook" | "sns" | "event_bus":
            return str(data["title"])
        case "teams":
            return str(data["attachments"][0]["content"]["body"][0]["inlines"][0]["text"])
        case "google-chat":
            return str(data["fallbackText"])
    return str(data["text"])
