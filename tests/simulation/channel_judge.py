"""The end of a world with incidents of several alarms: what each channel was sent of each incident."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.simulation import system
from tests.simulation.cause_accounting import SHOWING
from tests.simulation.group_judge import EITHER_SIDE, SEVERITIES
from tests.simulation.group_records import Root
from tests.simulation.oracle import TICKETS
from tests.simulation.script import PAGERS
from tests.simulation.world import EPOCH, MINUTE, MS, SECOND

if TYPE_CHECKING:
    from tests.simulation.group_oracle import GroupOracle

PAGES_AGAIN = 5 * MINUTE
# What a message may take besides its wait, where nothing fails; channels that make lists take longest.
DELIVERY, LIST = 10 * SECOND, 30 * SECOND
# Slack lists so many alarms.
MOST_SHOWN = 20
# Channels with a message for each reminder.
REMINDED = ("slack", "slack-webhook", "teams", "google-chat", "webhook", "email", "sns", "event_bus")


@dataclass(slots=True)
class Said:
    """One message. title: state and severity; empty where it has none. named: alarms."""

    at: int
    action: str
    state: str
    severity: str
    is_reminder: bool
    named: frozenset[str]


@dataclass(slots=True)
class ChannelJudge:
    """Of what people saw."""

    oracle: GroupOracle

    def judge(self, root: Root, channel: str, kind: str) -> None:
        if channel not in root.recipients or (channel, root.id) in self.oracle.touched:
            return
        told, subject = self.oracle.told[channel, root.id], f"{channel}/{root.id}"
        has_alarm = bool(root.head.get("alarm_at"))
        # A list in chat shows the newest twenty; what it does not show is counted in it.
        is_counted = bool(root.deliveries.get(channel, {}).get("digested"))
        is_listed = is_counted or (kind in system.LISTED and bool(root.alarms & self.oracle.named_in_lists[channel]))
        is_owed = root.is_open and has_alarm and self._is_concerned(root, channel, kind)
        if is_owed and not told and not is_listed:
            self.oracle.violate("L1", subject, "is open, and the channel heard nothing")
        if kind in TICKETS:
            opened = self.oracle.open_keys[channel, root.id]
            code = "L3" if kind in PAGERS else "L2"
            if len(opened) > 1 or (opened and not root.is_open):
                self.oracle.violate(code, subject, f"{len(opened)} tickets are open, it is {_stands(root)}")
            if is_owed and not opened:
                self.oracle.violate(code, subject, "no ticket is open, it is open")
        elif told and "vendor.late-effect" not in self.oracle.script.faults and self.oracle.script.only is None:
            states = [said.state for said in told if said.state]
            listed = is_counted or any((alarm, "OK") in self.oracle.list_lines[channel] for alarm in root.alarms)
            if "ALARM" in states and (states[-1] == "OK") == root.is_open and not (listed and not root.is_open):
                self.oracle.violate("L2", subject, f"the last it was told is {states[-1]}, it is {_stands(root)}")
        self._judge_pages(root, channel, kind)
        self._judge_reasons(root, channel, kind)
        self._judge_shown(root, channel, kind, told)
        self._judge_reminders(root, channel, kind, told)
        # When a group of alarms of which some were muted began is not in its rows: they joined when that was over.
        if self.oracle.is_exact and told and not any(self.oracle.muted.spans(alarm) for alarm in root.alarms):
            self._judge_wait(root, channel, told)

    def _is_concerned(self, root: Root, channel: str, kind: str) -> bool:
        """Whether one of the alarms that are not OK is for the channel: a pager is not called for those of others, such
        as one of severity medium with which the incident of a critical one opens again, nor for one without data.
        """
        open_ = [row for row in root.members.values() if row.get("ended") is None and row["kind"] == "alone"]
        if kind not in PAGERS or root.kind != "group":
            return True
        policy = self.oracle.configurations[-1][1].incidents or {}
        escalate = policy.get("escalate", {}) if root.head.get("escalated_at") else {}
        return any(
            channel in (*row.get("recipients", ()), *escalate.get(row["severity"], {}).get("to", ())) for row in open_
        )

    def _history(self, root: Root) -> list[tuple[int, str, str]]:
        """When it was decided that an alarm of it is in a state, in that order; of a muted ALARM, when the mute ends.

        One that is over by then is none: the incident never knows of it.
        """
        found = []
        for alarm in root.alarms:
            known = [
                (self.oracle.decided[alarm, at, state], state)
                for at, state in self.oracle.truth.changes.get(alarm, [])
                if (alarm, at, state) in self.oracle.decided
            ]
            for at, state in known:
                heard = self.oracle.muted.heard(alarm, at) if state == "ALARM" else at
                if not any(at < later < heard and other == "OK" for later, other in known):
                    found.append((heard, alarm, state))
        return sorted(found)

    def _judge_pages(self, root: Root, channel: str, kind: str) -> None:
        """S16: at most as many pages as reasons."""
        if kind not in PAGERS:
            return
        pages = [said.at for said in self.oracle.told[channel, root.id] if said.action == "trigger"]
        reasons, open_, worst, latest, alarms = 0, set[str](), len(SEVERITIES), -PAGES_AGAIN, set[str]()
        for at, alarm, state in self._history(root):
            if state == "OK":
                open_.discard(alarm)
            if state != "ALARM":
                continue
            # When the end of a mute or of a suppression is noticed is not known to the second, nor what is open then.
            if alarm in self.oracle.truth.suppressed or self.oracle.muted.spans(alarm):
                reasons += 1
                continue
            severity = self.oracle.script.alarms.get(alarm, "low")
            rank = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
            alarms.add(alarm)
            is_late_critical = severity == "critical" and at > latest + PAGES_AGAIN - EITHER_SIDE
            if not open_ or rank < worst or is_late_critical or len(alarms) == 1:
                reasons, latest = reasons + 1, at
            worst = min(worst, rank)
            open_.add(alarm)
        if len(pages) > reasons and not self._is_unsure(channel):
            self.oracle.violate("S16", f"{channel}/{root.id}", f"{len(pages)} pages for {reasons} reasons")

        flapping = (self.oracle.configurations[-1][1].incidents or {}).get("flapping")
        if flapping and len(root.alarms) == 1 and not self._is_unsure(channel):
            allowed, apart = flapping["repeats"] + 2, flapping["page_every_seconds"] * SECOND
            for first, last in zip(pages, pages[allowed:], strict=False):
                if last - first < apart:
                    self.oracle.violate("S16", f"{channel}/{root.id}", f"{allowed + 1} pages while it was flapping")

    def _judge_reasons(self, root: Root, channel: str, kind: str) -> None:
        """S21: in a world without faults what is worth a page pages, if it lasts."""
        policy = self.oracle.configurations[0][1].incidents
        is_plain = self.oracle.is_exact and len(self.oracle.configurations) == 1 and not self.oracle.script.slow
        if kind not in PAGERS or not is_plain or policy is None or root.kind != "group":
            return
        pages = [said.at for said in self.oracle.told[channel, root.id] if said.action in ("trigger", "update")]
        worst = len(SEVERITIES)
        for row in sorted(root.members.values(), key=lambda row: row["joined_at"]):
            severity, alarm, at = row["severity"], row["key"]["alarm"], row["joined_at"] * MS
            rank = SEVERITIES.index(severity)
            is_worse, worst = rank < worst, min(rank, worst)
            about = self.oracle.script.about.get(alarm, {})
            spaced = alarm in self.oracle.truth.suppressed or "page_again_seconds" in about
            lasts = (row.get("ended") or self.oracle.world.now // MS) * MS - at > 5 * MINUTE
            if spaced or not lasts or channel not in row.get("recipients", ()) or row["kind"] != "alone":
                continue
            if policy.get("flapping") and len(root.head.get("repeats", ())) > policy["flapping"]["repeats"]:
                continue
            since = at - SECOND if is_worse else at - PAGES_AGAIN - EITHER_SIDE
            if (is_worse or severity == "critical") and not any(since <= page <= at + 2 * MINUTE for page in pages):
                self.oracle.violate("S21", f"{channel}/{root.id}", f"no page for {alarm}, which is {severity}")

    def _judge_shown(self, root: Root, channel: str, kind: str, told: list[Said]) -> None:
        """L7: where an open incident is shown, all its alarms are, as far as they fit."""
        delivery = root.deliveries.get(channel, {})
        is_shown = delivery.get("state") == "ALARM" and not delivery.get("digested") and told
        if kind not in SHOWING or not root.is_open or not is_shown or not 1 < len(root.alarms) <= MOST_SHOWN:
            return
        missing = root.alarms - frozenset[str]().union(*(said.named for said in told))
        changed = max(row["joined_at"] for row in root.members.values()) * MS
        if missing and changed < self.oracle.world.now - 10 * MINUTE:
            self.oracle.violate("L7", f"{channel}/{root.id}", f"does not show {sorted(missing)}")

    def _is_unsure(self, channel: str) -> bool:
        """Whether a request may have taken effect after it was given up."""
        return bool(self.oracle.world.reached["vendor.late-effect"]) or bool(self.oracle.late)

    def _judge_reminders(self, root: Root, channel: str, kind: str, told: list[Said]) -> None:
        """L8, and in worlds without faults not too many."""
        policy = self.oracle.configurations[-1][1].incidents or {}
        every = policy.get("remind_seconds", {}).get(root.head["severity"])
        reminders = [said.at for said in told if said.is_reminder and said.action != "copy"]
        apart = [later - earlier for earlier, later in pairwise(reminders)]
        # One that waited for the end of a mute does not put off the next one.
        waited = any(self.oracle.muted.spans(alarm) for alarm in root.alarms)
        is_close = any(gap < every * SECOND - 3 * MINUTE for gap in apart) if every else False
        if is_close and self.oracle.is_exact and not waited:
            self.oracle.violate("S17", f"{channel}/{root.id}", "reminders came too close together")
        if kind not in REMINDED or not every or not root.is_open:
            return
        rows = [row for row in root.members.values() if row.get("ended") is None and row["kind"] == "alone"]
        in_alarm = bool(rows) if root.members else root.kind == "alone"
        since = max(root.head.get(name, 0) for name in ("alarm_at", "reminded_at", "released_at")) * MS
        healed = EPOCH + round(self.oracle.script.heal_at * SECOND)
        due = max(since + every * SECOND, healed) + 6 * MINUTE
        if in_alarm and not self._is_taken(root) and told and due < self.oracle.world.now:
            self.oracle.violate("L8", f"{channel}/{root.id}", "is open, nobody has taken it on, and no reminder came")

    def _is_taken(self, root: Root) -> bool:
        return any("ACK" in table.items.get(f"INC#{root.id}", {}) for table in self.oracle.tables)

    def _judge_wait(self, root: Root, channel: str, told: list[Said]) -> None:
        """S19."""
        policy, kind = self.oracle.configurations[0][1].incidents, self.oracle.kinds[channel]
        if len(self.oracle.configurations) > 1 or policy is None or root.kind != "group" or self.oracle.script.slow:
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
        changes = [change for alarm in root.alarms for change in self.oracle.truth.changes.get(alarm, ())]
        is_over = any(state == "OK" and began <= at <= first for at, state in changes)
        if first < began + least * SECOND - SECOND and own == began and not is_over:
            self.oracle.violate("S19", f"{channel}/{root.id}", f"heard {(first - began) / SECOND:.1f} s after it began")
        is_late = first > own + waits[rows[0]["severity"]] * SECOND + (LIST if kind in system.LISTED else DELIVERY)
        if is_late and not is_over and not self.oracle.named_in_lists[channel]:
            self.oracle.violate(
                "S19", f"{channel}/{root.id}", f"heard only {(first - own) / SECOND:.1f} s after its alarm"
            )


def _stands(root: Root) -> str:
    return "open" if root.is_open else "over"
