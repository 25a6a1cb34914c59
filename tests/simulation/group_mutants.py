"""Defects planted in what makes one incident of several alarms, each of which the worlds of causes.py have to find.

python -m tests.simulation.group_mutants                         all of them, at most 24 worlds each
python -m tests.simulation.group_mutants --only "storm never calm"
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.simulation import causes
from tests.simulation.mutants import INCIDENT, Mutant, Patch, main
from tests.simulation.seams import code

MOST_WORLDS = 24


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _original: lambda *_given, **_more: value


class _Stale:
    """A table whose members were read before anything else was."""

    def __init__(self, table: Any, members: Any) -> None:
        self._table, self._members = table, members

    def members(self, _incident: str) -> Any:
        return self._members

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def _stale_members(refresh: Any) -> Any:
    def stale(self: Any, parent: str, *given: Any, **more: Any) -> Any:
        groups = replace(self, table=_Stale(self.table, self.table.members(parent)))
        return refresh(groups, parent, *given, **more)

    return stale


def _unconditional(join: Any) -> Any:
    def careless(table: str, joining: Any, now: int) -> Any:
        writes = list(join(table, joining, now))
        for write in writes:
            if "incident" in write.get("Put", {}).get("Item", {}):
                write["Put"] = {name: value for name, value in write["Put"].items() if name in ("TableName", "Item")}
        return iter(writes)

    return careless


def _counted_each_time(of: Any) -> Any:
    def counting(self: Any, incident: str) -> Any:
        del incident
        return self.table.count

    del of
    return counting


def _waits_anew(first_at: Any) -> Any:
    def postponed(root: Any, updated: Any, began: int, situation: Any) -> int:
        del began
        unopened = replace(root, revision=0)
        at: int = first_at(unopened, updated, situation.now, situation)
        return at

    return postponed


def _never_yields(owe: Any) -> Any:
    return lambda table, incident, owed, now: owe(table, incident, replace(owed, yields=False), now)


def _owed_of_members(placed: Any) -> Any:
    def both(self: Any, decision: Any, *given: Any, **more: Any) -> Any:
        made = placed(self, decision, *given, **more)
        owed = {one.incident.id: one.owed for one in decision.incidents}
        return replace(
            made, incidents=tuple(replace(one, owed=owed.get(one.incident.id, one.owed)) for one in made.incidents)
        )

    return both


def _ended_with_the_first(refreshed: Any) -> Any:
    def hasty(root: Any, members: Any, leading: Any, situation: Any) -> Any:
        view = refreshed(root, members, leading, situation)
        over = [member.ended for member in members if member.ended is not None]
        return replace(view, root=replace(view.root, ended=max(over))) if over else view

    return hasty


def _without_the_lead(refreshed: Any) -> Any:
    """The severity of the lead, and not the worst that there ever was."""

    def milder(root: Any, alarms: Any) -> Any:
        del root
        order = code()[f"{INCIDENT}.state.records"].SEVERITIES
        known = [member.severity for member in alarms if member.ended is None] or [alarms[0].severity]
        return max(known, key=order.index)

    del refreshed
    return milder


def _no_summary(commit_review: Any) -> Any:
    def blind(self: Any, *given: Any, summary: Any = None, **more: Any) -> Any:
        del summary
        return commit_review(self, *given, **more)

    return blind


def _state_step_last(next_step: Any) -> Any:
    """A reminder goes before the end of its incident."""

    def reminded(incident: Any, delivery: Any, **more: Any) -> Any:
        if incident.reminded_at > delivery.reminded_at and delivery.state and not incident.parent:
            return code()[f"{INCIDENT}.message.report"].Step.REMINDER
        return next_step(incident, delivery, **more)

    return reminded


def _never_by_itself(next_step: Any) -> Any:
    return lambda incident, delivery, **more: next_step(replace(incident, parent=""), delivery, **more)


def _far_review(next_review: Any) -> Any:
    def rarely(*given: Any, **more: Any) -> Any:
        at = next_review(*given, **more)
        return None if at is None else at + 86_400_000

    return rarely


def _alive_for_ever(joined: Any) -> Any:
    def whichever(subject: Any, groups: Any, policy: Any, now: int, is_open: Any) -> Any:
        longer = {key: replace(group, until=group.until + 86_400_000) for key, group in groups.items()}
        return joined(subject, longer, policy, now, is_open)

    return whichever


def _of_the_first(_original: Any) -> Any:
    return lambda root, _updated, members, _situation: root.recipients or members[0].recipients


def _whoever_joins(_original: Any) -> Any:
    return lambda root, _updated, paging: root.is_open and bool(paging)


def _in_any_account(group_keys: Any) -> Any:
    return lambda key, routing: group_keys(replace(key, account="222222222222", region="us-east-1"), routing)


MUTANTS = (
    Mutant(
        "no refresh after the commit",
        "the parent of a changed alarm is left as it was",
        (Patch("decision.deciding", "AlarmDecider._refreshed", _always([])),),
    ),
    Mutant(
        "no refresh after a crash",
        "a message that comes again leaves the parent as it was",
        (Patch("decision.deciding", "AlarmDecider._repeated", lambda _original: lambda *_given: _decided()),),
    ),
    Mutant(
        "refresh from stale members",
        "the members are read before their parent",
        (Patch("grouping.grouping_service", "Groups.refresh", _stale_members),),
    ),
    Mutant(
        "pointer without condition",
        "two alarms at once both open the group",
        (Patch("state.table_writes", "join", _unconditional),),
    ),
    Mutant(
        "count for each retry",
        "who has to decide again is counted again",
        (Patch("grouping.grouping_service", "Numbers.of", _counted_each_time),),
    ),
    Mutant(
        "wait postponed by joiners",
        "each alarm that joins puts the first message off",
        (Patch("grouping.group_view", "_first_at", _waits_anew),),
    ),
    Mutant(
        "storm never calm",
        "a storm takes in whatever comes, for ever",
        (Patch("grouping.reviews", "Reviews._is_calm", _always(False)),),
    ),
    Mutant(
        "storm never looked at",
        "what has many members is not looked at again",
        (
            Patch("grouping.reminders", "next_review", _far_review),
            Patch("grouping.grouping_service", "MINUTE_MS", lambda _o: 86_400_000),
        ),
    ),
    Mutant(
        "acknowledgement ignored",
        "people are reminded of what somebody has taken on",
        (Patch("state.records", "Acknowledgement.holds", _always(False)),),
    ),
    Mutant(
        "reminder of what is over",
        "people are reminded although all alarms are OK",
        (Patch("delivery.step", "next_step", _state_step_last),),
    ),
    Mutant(
        "no reminder",
        "nobody is ever reminded",
        (Patch("grouping.reminders", "_reminder_at", _always(None)),),
    ),
    Mutant(
        "yields missing",
        "an update takes the place of the first message that waits",
        (Patch("state.table_writes", "owe", _never_yields),),
    ),
    Mutant(
        "owed of a member as well",
        "an alarm that is part of an incident is owed to its channels, too",
        (Patch("grouping.grouping_service", "Groups.placed", _owed_of_members),),
    ),
    Mutant(
        "a member delivered as well",
        "and is delivered",
        (
            Patch("grouping.grouping_service", "Groups.placed", _owed_of_members),
            Patch("delivery.step", "next_step", _never_by_itself),
        ),
    ),
    Mutant(
        "over with the first",
        "the incident ends while one of its alarms is not OK",
        (Patch("grouping.group_view", "refreshed", _ended_with_the_first),),
    ),
    Mutant(
        "severity of the mildest",
        "the incident is as severe as its mildest alarm that is not OK",
        (Patch("grouping.group_view", "_severity", _without_the_lead),),
    ),
    Mutant(
        "late critical unpaged",
        "a critical alarm that joins late is only shown",
        (Patch("grouping.group_view", "_is_late_critical", _always(False)),),
    ),
    Mutant(
        "worse unpaged",
        "a worse severity is only shown",
        (Patch("grouping.group_view", "is_more_severe", _always(False)),),
    ),
    Mutant(
        "pages for every joiner",
        "each alarm that joins pages",
        (Patch("grouping.group_view", "_pages", _whoever_joins),),
    ),
    Mutant(
        "pages of others' alarms",
        "a pager is called for whatever opens an incident again, and for what is over while another alarm goes on",
        (Patch("delivery.spacing", "Spacing.wakes", _always(True)),),
    ),
    Mutant(
        "recipients of the first",
        "who hears of a later alarm only hears nothing",
        (Patch("grouping.group_view", "_recipients", _of_the_first),),
    ),
    Mutant(
        "no group joined",
        "each alarm has a group of its own",
        (Patch("grouping.grouping", "_joined", _always(None)),),
    ),
    Mutant(
        "further keys not opened",
        "who joins a group by one key does not open it by its others",
        (Patch("grouping.grouping", "_free", _always(())),),
    ),
    Mutant(
        "groups never close",
        "a group takes new alarms for a day",
        (Patch("grouping.grouping", "_joined", _alive_for_ever),),
    ),
    Mutant(
        "one place for all",
        "parts of a composite in another account or Region are taken for those of this one",
        (Patch("grouping.grouping", "group_keys", _in_any_account),),
    ),
    Mutant(
        "members not shown",
        "messages show the alarms that the incident began with",
        (Patch("state.groups_table", "GroupsTable.commit_review", _no_summary),),
    ),
    Mutant(
        "no updates",
        "nobody is shown what has joined",
        (Patch("delivery.step", "_updated", _always(None)),),
    ),
    Mutant(
        "flapping not spaced",
        "each repeat of a flapping alarm pages",
        (Patch("delivery.spacing", "Spacing._flapping_wait", _always(0)),),
    ),
)


def _decided() -> Any:
    return code()[f"{INCIDENT}.decision.deciding"].DecisionOutcome()


if __name__ == "__main__":
    sys.exit(main(MUTANTS, MOST_WORLDS, causes.script))
