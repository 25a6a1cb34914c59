"""Events at the begin and the end of a mute window."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events, time_of_event
from generator.rollout.selftest.types import Experiment, ExperimentSteps

WINDOW_MINUTES = 3
RULE = "window"


def run(context: SelftestContext) -> ExperimentSteps:
    """Two alarms that are set to ALARM within a window of one of them, and remain in it.

    Their names and the queue's do not have the word that is looked for in the events. Actions are enabled, as those of
    obsgen are, and there are none: a mute rule holds actions.
    """
    name = set_by_hand(context, "silent", ActionsEnabled=True)
    control = set_by_hand(context, "control", ActionsEnabled=True)
    receiver = alarm_events(context, "silent", [name, control])
    start = context.now.replace(second=0) + timedelta(minutes=3)
    end = start + timedelta(minutes=WINDOW_MINUTES)
    rule = {
        "Schedule": {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": f"PT{WINDOW_MINUTES}M", "Timezone": "UTC"}
    }
    is_accepted = context.attempt("rule", "put_alarm_mute_rule", RULE, Rule=rule, MuteTargets={"AlarmNames": [name]})
    context.expect(is_accepted)
    if not is_accepted:
        return
    yield (start + timedelta(seconds=30) - context.now).total_seconds()
    # The calls of other experiments may have taken longer than this one's window.
    context.require(context.now < end - timedelta(seconds=60), "the window had passed")
    set_state(context, name, "ALARM")
    set_state(context, control, "ALARM")
    yield from context.wait_for(lambda: len(receiver.received()) > 1, 2)
    yield max(0.0, (end + timedelta(minutes=4) - context.now).total_seconds())
    events = receiver.received()
    own = [event for event in events if event.get("detail", {}).get("alarmName") == name]
    within = [event for event in own if (time_of_event(event) or end) < end]
    context.note("events within the window", within)
    context.note("events after it", [event for event in own if event not in within])
    context.require(len(events) > len(own), "no event of an alarm that is not muted arrived")
    context.expect(any(_names_rule(context, event) for event in within))


def _names_rule(context: SelftestContext, event: dict[str, Any]) -> bool:
    """True if an event says that its alarm is muted. The ID of the run may be any word."""
    text = json.dumps(event)
    return context.name(RULE) in text or "mute" in text.replace(context.prefix, "").lower()


EXPERIMENT = Experiment(
    name="mute-window-events",
    title="Events of a muted alarm",
    doubt="the events that EventBridge sends when a suppression or a mute window ends",
    question="Which events does EventBridge send of a muted alarm, within its window and when it ends?",
    expected="The state change within the window arrives, and names the mute rule.",
    otherwise="The incident function cannot know from events that an alarm is muted, and reads the rules instead.",
    actions=(*ACTIONS, PUT_ALARM, SET_STATE, "cloudwatch:PutAlarmMuteRule"),
    creates=(*CREATES, "alarm", "mute rule"),
    monthly_usd=0.2,
    minutes=13,
    run=run,
)
