"""Delivery of alarm events: default buses of members and hub → the hub's own bus → queue, archive, audit.

EventBridge delivery of `aws.cloudwatch` events is documented as durable; every hop from there on has a retry policy
and a dead-letter queue.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from awacs.aws import ArnEquals, Principal, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Output, Ref, Sub, events, iam, logs

from generator.blueprints.admission import HUB_POLICY, bus_policies, from_members
from generator.blueprints.event_store_rules import ALARM_NAME, FINDING_RULE, findings, titles
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import EVENT_LOG_POLICY, EVENTS, dead_letter_queue, target, written_by_rules
from generator.blueprints.kit.event_rules import archive_pattern, bus_rules, forwarding_rules, named_on_bus
from generator.blueprints.kit.json_text import body
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import Part, TemplateCondition, origin, to_plain
from generator.model.accounts import Side
from generator.model.compliance_names import DETAIL_TYPE as FINDING
from generator.model.compliance_names import SOURCE
from generator.model.estate import Estate
from generator.model.incidents import heartbeat_log_group
from generator.model.named_alarms import named_alarms, named_kind, named_pattern, named_rules, named_title
from generator.wording import list_in_words

DETAIL_TYPE = "CloudWatch Alarm State Change"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
CONTRIBUTOR = "CloudWatch Alarm Contributor State Change"
ARCHIVE_DAYS = 30
PATH = ("alarms",)


def hub(estate: Estate) -> Iterator[Part]:
    """The bus with its policy, the rule to the incident queue, and an archive for replay."""
    yield events.EventBus("Bus", Name=_bus_name(estate), Metadata=origin(PATH))
    yield from bus_policies(estate)
    yield events.Archive(
        "EventArchive",
        ArchiveName=estate.name("alarm-archive"),
        Description=_archived(estate),
        SourceArn=GetAtt("Bus", "Arn"),
        EventPattern={**archive_pattern(estate, _kept(estate)), **from_members(estate)},
        RetentionDays=ARCHIVE_DAYS,
        Metadata=origin(PATH),
    )
    yield _log_policy(estate)
    yield dead_letter_queue("EventDeadLetters", estate.name("event-dead-letters"), PATH)
    after = {"DependsOn": [HUB_POLICY]}
    also = forwarding_rules(estate, in_hub=True)
    # The hub may be one of the members, too, with their alarms.
    yield from _forwarding(
        estate, None, "HubForwarding", "hub-forwarding", GetAtt("Bus", "Arn"), "EventDeadLetters", after, also
    )
    yield from _to_incidents(estate)
    incidents = ["IncidentRule", *(["FindingRule"] if estate.compliance else [])]
    incidents += [FINDING_RULE] if estate.events else []
    rules = [*incidents, "HubForwardingRule", "HeartbeatRule", *(["AuditRule"] if estate.audit else [])]
    rules += [title for title in titles(estate) if title not in rules]
    of_bus = [*bus_rules(estate), *named_on_bus(estate, "incident-rule")]
    of_store = named_on_bus(estate, ALARM_NAME) if estate.events else []
    of_hub = [*of_bus, *of_store, *(_rule_arn(estate, name) for name in (*_forwarding_named(estate, True), *also))]
    yield written_by_rules("EventDeadLettersPolicy", "EventDeadLetters", rules, PATH, of_hub)
    yield written_by_rules("IncidentQueuePolicy", "IncidentQueue", incidents, PATH, of_bus)
    yield Output("BusArn", Description="Bus that members send alarm events to", Value=GetAtt("Bus", "Arn"))
    yield Output("EventDeadLettersUrl", Description="Events that no rule could deliver", Value=Ref("EventDeadLetters"))


def _to_incidents(estate: Estate) -> Iterator[Part]:
    """The rule to the incident queue, and those for alarms with names of their own."""
    pattern = {**_pattern(estate, ours=True), **from_members(estate)}
    rules = [("IncidentRule", "incident-rule", pattern)]
    for id_, names in named_rules(estate):
        title, kind = named_title("IncidentRule", id_), named_kind("incident-rule", id_)
        rules.append((title, kind, named_pattern(pattern, names)))
    for title, kind, own in rules:
        yield events.Rule(
            title,
            Name=estate.name(kind),
            Description="Alarms of this environment to the incident queue",
            EventBusName=Ref("Bus"),
            EventPattern=own,
            Targets=[target("incident-queue", GetAtt("IncidentQueue", "Arn"), "EventDeadLetters")],
            Metadata=origin(PATH),
        )


def _log_policy(estate: Estate) -> Part:
    """EventBridge writes to log groups by their resource policy, never by a role; without it nothing arrives.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    names = [heartbeat_log_group(estate.environment), *([estate.audit.log_group] if estate.audit else [])]
    statement = grant(
        Principal("Service", ["delivery.logs.amazonaws.com", EVENTS]),
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [estate.hub.arn("logs", f"log-group:{name}:*") for name in sorted(names)],
        sid="EventBridgeWrites",
    )
    return logs.ResourcePolicy(
        EVENT_LOG_POLICY,
        PolicyName=estate.name("event-log-policy"),
        PolicyDocument=body(to_plain(policy(statement))),
        Metadata=origin(PATH),
    )


def member(estate: Estate) -> Iterator[Part]:
    """The rule that sends alarm events to the hub, with its role, retries and dead-letter queue."""
    bus = estate.hub.arn("events", f"event-bus/{_bus_name(estate)}")
    unless_hub: dict[str, Any] = {}
    if estate.organizational_units:
        # A unit may contain the hub, whose own template forwards its alarms already.
        unless_hub = {"Condition": "IsNotHub"}
        yield TemplateCondition("IsNotHub", {"Fn::Not": [{"Fn::Equals": [Ref("AWS::AccountId"), estate.hub.account]}]})
    name = estate.name("alarm-forwarding-dead-letters")
    yield dead_letter_queue("ForwardingDeadLetters", name, PATH, **unless_hub)
    also = forwarding_rules(estate, in_hub=False)
    # The heartbeat uses the path of the alarms, with their role, or it would prove nothing.
    yield from _forwarding(
        estate,
        Side.MEMBERS,
        "Forwarding",
        "alarm-forwarding",
        bus,
        "ForwardingDeadLetters",
        unless_hub,
        ["heartbeat-rule", *also],
    )
    yield written_by_rules(
        "ForwardingDeadLettersPolicy",
        "ForwardingDeadLetters",
        ["ForwardingRule", "HeartbeatRule"],
        PATH,
        [_rule_arn(estate, name) for name in (*_forwarding_named(estate, False), *also)],
        **unless_hub,
    )


def _bus_name(estate: Estate) -> str:
    return estate.name("observability-bus")


def _pattern(estate: Estate, *, ours: bool, side: Side | None = None) -> dict[str, Any]:
    """The pattern for all alarm state changes, or for those of this environment's alarm names; with those of
    contributors where an alarm, or one of that side, has incidents for them.
    """
    sides = (side,) if side else tuple(Side)
    is_of_each = any(alarm.contributors for side_ in sides for alarm in estate.alarms_in(side_))
    pattern: dict[str, Any] = {
        "source": ["aws.cloudwatch"],
        "detail-type": [DETAIL_TYPE, *([CONTRIBUTOR] if is_of_each else [])],
    }
    if ours:
        pattern["detail"] = {"alarmName": [{"suffix": f"-alarm-{estate.environment}"}]}
    return pattern


def ours(estate: Estate) -> dict[str, Any]:
    """The pattern of this environment's alarms."""
    return _pattern(estate, ours=True)


def _kept(estate: Estate) -> dict[str, Any]:
    """The patterns of the archive: every event that can become an incident."""
    patterns = [_pattern(estate, ours=False)]
    patterns += [{"source": [SOURCE], "detail-type": [FINDING]}] if estate.compliance else []
    patterns += [findings()] if estate.events else []
    return {key: [value for pattern in patterns for value in pattern[key]] for key in ("source", "detail-type")}


def _archived(estate: Estate) -> str:
    """What the archive keeps, in words."""
    what = ["Alarm state changes", *(["findings"] if estate.compliance or estate.events else [])]
    return f"{list_in_words([*what, *(['events of event rules'] if estate.event_rules else [])])}, for replay"


def _rule_arn(estate: Estate, name: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{estate.name(name)}")


def _forwarding(
    estate: Estate,
    side: Side | None,
    title: str,
    kind: str,
    bus: Any,
    dead_letters: str,
    extra: dict[str, Any],
    also: Sequence[str] = (),
) -> Iterator[Part]:
    """The rule from the default bus to the hub's own bus: for all alarms with an audit trail, otherwise for obsgen's.

    side: whose alarms the rule is for; None for all. also: further rules that may use the role.
    """
    # With an audit trail the first rule forwards every alarm, whatever its name is.
    further = [] if estate.audit else [*named_rules(estate, side)]
    # Not each of them: a trust policy has 2,048 characters, and rules of the last build work until it is updated.
    own = [named_kind(f"{kind}-rule", "*")] if further else []
    rules = [_rule_arn(estate, name) for name in (f"{kind}-rule", *own, *also)]
    only_these_rules = When(
        [StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}), ArnEquals({"aws:SourceArn": rules})]
    )
    trust = grant(service(EVENTS), ["sts:AssumeRole"], None, sid="RuleAssumes", condition=only_these_rules)
    yield iam.Role(
        f"{title}Role",
        # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
        RoleName=Sub(f"{kind}-role-${{AWS::Region}}-{estate.environment}"),
        Description="Allows EventBridge to put alarm events on the hub's bus",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="put-events", PolicyDocument=policy(allow(["events:PutEvents"], [bus])))],
        Metadata=origin(PATH),
        **extra,
    )
    pattern = _pattern(estate, ours=estate.audit is None, side=side)
    patterns = [(f"{title}Rule", f"{kind}-rule", pattern)]
    for id_, names in further:
        name = named_kind(f"{kind}-rule", id_)
        patterns.append((named_title(f"{title}Rule", id_), name, named_pattern(pattern, names)))
    for logical_id, name, of_rule in patterns:
        yield events.Rule(
            logical_id,
            Name=estate.name(name),
            Description="Alarm state changes to the hub's bus",
            EventPattern=of_rule,
            Targets=[target("hub-bus", bus, dead_letters, f"{title}Role")],
            Metadata=origin(PATH),
            **extra,
        )


def _forwarding_named(estate: Estate, in_hub: bool) -> list[str]:
    """The kind of all rules that forward alarms with names of their own, with `*` for their IDs; none without them."""
    has = not estate.audit and bool(named_alarms(estate, None if in_hub else Side.MEMBERS))
    return [named_kind("hub-forwarding-rule" if in_hub else "alarm-forwarding-rule", "*")] if has else []


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
