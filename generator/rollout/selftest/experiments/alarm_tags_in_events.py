"""Tags of alarms in their events."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps

TAG, VALUE = "selftest-owner", "payments"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-tags-in-notifications.html
SUCCESS = "SUCCESS"


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm with a tag that its events should have."""
    propagation: dict[str, Any] = {"AlarmTagsPropagation": {"Enabled": True, "IncludedTagKeys": [TAG]}}
    tags = [{"Key": TAG, "Value": VALUE}, {"Key": "obsgen-selftest", "Value": context.state.run}]
    name = set_by_hand(context, "tags", ActionConfiguration=propagation, Tags=tags)
    receiver = alarm_events(context, "tags", [name])
    yield 60.0
    set_state(context, name, "ALARM")
    yield from context.wait_for(lambda: bool(receiver.received()), 3)
    context.note("events", receiver.events)
    context.require(receiver.received(), "no event of the alarm arrived")
    details = [event.get("detail", {}) for event in receiver.received()]
    failed = [detail["alarmTagsStatus"] for detail in details if detail.get("alarmTagsStatus", SUCCESS) != SUCCESS]
    context.require(not failed, f"CloudWatch did not read the tags: {failed}")
    context.expect(any(VALUE in str(detail) for detail in details))


EXPERIMENT = Experiment(
    name="alarm-tags-in-events",
    title="Tags of alarms in events",
    doubt="tags in the events of alarms",
    question="Does an event of an alarm with AlarmTagsPropagation have the alarm's tags, and where?",
    expected="The event has the included tag.",
    otherwise="The incident function reads owners from the built file and not from events.",
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmTagsPropagation.html: who creates such
    # an alarm needs cloudwatch:ListTagsForResource on it.
    actions=(*ACTIONS, PUT_ALARM, SET_STATE, "cloudwatch:ListTagsForResource", "cloudwatch:TagResource"),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.1,
    minutes=5,
    run=run,
)
