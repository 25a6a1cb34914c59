"""Who is notified by an alarm: severity and owner, and the actions that CloudWatch performs itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.aws.action_arns import kind_of
from generator.importer.resources import COMPOSITE, ImportedResource
from generator.importer.unknown_values import MARK
from generator.importer.write.drafts import Notes
from generator.importer.write.quantities import Unwritable
from generator.importer.write.routes import Topics
from generator.importer.write.severities import severity_of
from generator.model.actions import only_in_alarm

_MOST_ACTIONS = 5
_TOPIC = "an SNS topic"


@dataclass(frozen=True, slots=True)
class Notified:
    """severity: none where nobody is notified. actions: ARNs other than those of topics. topics: keys of `Topics`."""

    severity: str
    owner: str
    actions: tuple[str, ...]
    topics: tuple[str, ...]
    is_enabled: bool
    tags: Mapping[str, str]


def notified(resource: ImportedResource, topics: Topics, notes: Notes) -> Notified:
    """What the actions and tags of an alarm say. Raises Unwritable where it does something that obsgen cannot."""
    properties = resource.properties
    is_enabled = str(properties.get("ActionsEnabled", True)).lower() != "false"
    in_alarm, in_ok, without_data = (
        _actions(resource, name) for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
    )
    own, names = [], []
    for arn in in_alarm:
        if _is_topic(arn):
            names.append(topics.key_of(arn, resource))
        else:
            own.append(_action(arn, in_ok, resource))
    for arn in in_ok:
        if not _is_topic(arn) and arn not in in_alarm:
            raise Unwritable(f"it runs {arn} only when it is OK again")
    if any(not _is_topic(arn) for arn in without_data):
        raise Unwritable("it runs an action when its data is missing, which is more than a notification")
    if not names and "AlarmActions" in resource.unknown and not own:
        names.append(topics.key_of("", resource))
    owner = next((value for key, value in sorted(resource.tags.items()) if key.lower() in ("owner", "team")), "")
    severity, origin = severity_of(
        resource.tags, resource.name or resource.logical_id, names, str(properties.get("AlarmDescription", ""))
    )
    if not is_enabled or (not names and origin != "tag"):
        severity = "none"
    elif not severity:
        severity = "medium"
        notes.remark("severity: medium is assumed for alarms of which no tag, name, topic or description says one.")
    elif origin != "tag" and severity != "none":
        notes.remark("severity: guessed from words of names, topics and descriptions where alarms have no such tag.")
    if severity != "none" and is_enabled:
        topics.used(severity, tuple(names), owner)
    return Notified(severity, owner, tuple(own), tuple(names), is_enabled, resource.tags)


def _actions(resource: ImportedResource, name: str) -> list[str]:
    actions = resource.properties.get(name)
    return list(dict.fromkeys(str(action) for action in actions if action)) if isinstance(actions, list) else []


def _is_topic(arn: str) -> bool:
    """Whether an action is a topic; a parameter without a value most probably is one."""
    return bool(MARK.fullmatch(arn)) or kind_of(arn) == _TOPIC or ":sns:" in arn


def _action(arn: str, in_ok: list[str], resource: ImportedResource) -> str:
    kind = kind_of(arn)
    if not kind:
        raise Unwritable(f"its action {arn[:120]} is none that the language knows")
    if not only_in_alarm(arn) and arn not in in_ok:
        raise Unwritable(f"it runs {kind}, {arn[:160]}, only in ALARM; actions of the language run in OK too")
    if resource.type == COMPOSITE and kind in ("an EC2 action", "a scaling policy"):
        raise Unwritable(f"a composite cannot run {kind}")
    return arn.replace(f":{resource.account}:", ":{account_id}:").replace(f":{resource.region}:", ":{region}:")
