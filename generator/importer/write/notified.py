"""Who is notified by an alarm: severity and owner, and the actions that CloudWatch performs itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.aws.action_arns import NOT_OF_COMPOSITES, kind_of
from generator.importer.resources import COMPOSITE, ImportedResource
from generator.importer.unknown_values import MARK
from generator.importer.values import items
from generator.importer.write.drafts import Notes
from generator.importer.write.placeholders import escaped, in_place
from generator.importer.write.quantities import Unwritable
from generator.importer.write.routes import ImportedTopics
from generator.importer.write.severities import severity_of
from generator.importer.write.topics import name_of, topic_of
from generator.model.actions import only_in_alarm

_LETTERS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Notified:
    """severity: none where no topic is notified. topics: their names.

    actions: ARNs other than those of topics, each alone or with states of its own.

    states: those in which the actions are invoked, in the words of `actions_in`; None for the usual ones.
    """

    severity: str
    owner: str
    actions: tuple[str | Mapping[str, Any], ...]
    states: tuple[str, ...] | None
    topics: tuple[str, ...]
    is_enabled: bool
    tags: Mapping[str, str]


def notified(resource: ImportedResource, topics: ImportedTopics, notes: Notes, member_id: str = "") -> Notified:
    """What the actions and tags of an alarm say.

    member_id: the account by which the alarm is routed, where that is not its own.

    Raises Unwritable where it does something that obsgen cannot.
    """
    properties = resource.properties
    is_enabled = str(properties.get("ActionsEnabled", True)).lower() != "false"
    if "ActionsEnabled" in resource.unknown or MARK.search(str(properties.get("ActionsEnabled"))):
        notes.remark(f"{resource.called}: nothing says whether its actions are enabled, so they are (--parameter).")
    in_alarm, in_ok, without_data = (
        _actions(resource, name) for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
    )
    names = [topics.key_of(arn) for arn in in_alarm if topics.is_topic(arn)]
    by_state = {
        state: [arn for arn in listed if not topics.is_topic(arn)]
        for state, listed in (("alarm", in_alarm), ("ok", in_ok), ("no-data", without_data))
    }
    own = by_state["alarm"]
    if not names and "AlarmActions" in resource.unknown and not own:
        names.append(topics.key_of(""))
    if any(topics.is_topic(arn) for arn in without_data):
        notes.remark(
            "INSUFFICIENT_DATA: topics of these actions are those of the routes, which decide about missing data."
        )
    for topic in sorted({name_of(topic_of(arn)) for arn in in_ok if topics.is_topic(arn) and arn not in in_alarm}):
        notes.remark(
            f"OK: {topic} is notified of ends of alarms only, and is no channel for them: an end goes to the channels "
            "that were notified of the ALARM."
        )
    owner = next((value for key, value in sorted(resource.tags.items()) if key.lower() in ("owner", "team")), "")
    description = str(properties.get("AlarmDescription", ""))
    severity, origin = severity_of(resource.tags, resource.called, map(name_of, names), description)
    if severity == "none" and names and is_enabled:
        notes.remark("severity: alarms with a tag that says none notify topics, so they have another one.")
        severity, origin = severity_of({}, resource.called, map(name_of, names), description)
    if not is_enabled or (not names and not _is_of_obsgen(resource)):
        if severity not in ("", "none") and origin == "tag" and is_enabled and not names:
            notes.remark(
                "severity: none for alarms with a tag that says another one and without actions on topics; "
                "if rules of EventBridge notify of them, give them their severity."
            )
        severity = "none"
    elif not severity:
        severity = "medium"
        notes.remark("severity: medium is assumed for alarms of which no tag, name, topic or description says one.")
    elif origin != "tag" and severity != "none":
        notes.remark("severity: guessed from words of names, topics and descriptions where alarms have no such tag.")
    if severity != "none" and is_enabled:
        topics.used(severity, names, owner, member_id or resource.account)
    actions, states = _actions_and_states(by_state, resource)
    return Notified(severity, owner, actions, states, tuple(names), is_enabled, resource.tags)


def _is_of_obsgen(resource: ImportedResource) -> bool:
    """Whether obsgen built an alarm: it is routed by its tags, through EventBridge, and needs no action."""
    tags = resource.tags
    if not {"environment", "project", "severity", "Name"} <= tags.keys():
        return False
    # Tags do not admit every character of names.
    return _LETTERS.sub("", tags["Name"]) == _LETTERS.sub("", resource.name)


def _actions_and_states(
    by_state: Mapping[str, Sequence[str]], resource: ImportedResource
) -> tuple[tuple[str | Mapping[str, Any], ...], tuple[str, ...] | None]:
    """The actions as the language writes them, and the states of all of them, if those are not the usual ones."""
    arns = list(dict.fromkeys(arn for listed in by_state.values() for arn in listed))
    states = {arn: tuple(state for state, listed in by_state.items() if arn in listed) for arn in arns}
    usual = {arn: ("alarm",) if only_in_alarm(arn) else ("alarm", "ok") for arn in arns}
    written = {arn: _action(arn, resource) for arn in arns}
    if states == usual:
        return tuple(written.values()), None
    if len({*states.values()}) == 1 and len({*usual.values()}) == 1:
        return tuple(written.values()), states[arns[0]]
    return tuple(
        written[arn] if states[arn] == usual[arn] else {"run": written[arn], "states": list(states[arn])}
        for arn in arns
    ), None


def _actions(resource: ImportedResource, name: str) -> list[str]:
    actions = resource.properties.get(name)
    return list(dict.fromkeys(str(action) for action in items(actions) if action))


def _action(arn: str, resource: ImportedResource) -> str:
    if MARK.fullmatch(arn):
        return escaped(arn)
    kind = kind_of(arn)
    if not kind:
        raise Unwritable(f"its action {arn[:120]} is none that the language knows")
    if resource.type == COMPOSITE and kind in NOT_OF_COMPOSITES:
        raise Unwritable(f"a composite cannot run {kind}")
    return in_place(escaped(arn), resource)
