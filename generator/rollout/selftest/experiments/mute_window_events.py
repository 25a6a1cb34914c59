"""Events at the begin and the end of a mute window."""

from __future__ import annotations

from datetime import timedelta

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps

WINDOW_MINUTES = 2


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm that is set to ALARM within a window, and remains in it."""
    name = set_by_hand(context, "muted")
    receiver = alarm_events(context, "muted", [name])
    start = context.now + timedelta(minutes=3)
    rule = {
        "Schedule": {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": f"PT{WINDOW_MINUTES}M", "Timezone": "UTC"}
    }
    is_accepted = context.attempt("rule", "put_alarm_mute_rule", "mute", Rule=rule, MuteTargets={"AlarmNames": [name]})
    if not is_accepted:
        context.expect(False)
        return
    yield (start.replace(second=30) - context.now).total_seconds()
    set_state(context, name, "ALARM")
    yield from context.wait_for(lambda: receiver.receive() > 0, 2)
    within = len(receiver.events)
    yield from context.wait_for(lambda: receiver.receive() > within, WINDOW_MINUTES + 4)
    context.note("events within the window", receiver.events[:within])
    context.note("events after it", receiver.events[within:])
    context.expect(within > 0 and any("mute" in str(event).lower() for event in receiver.events[:within]))


EXPERIMENT = Experiment(
    name="mute-window-events",
    title="Events of a muted alarm",
    doubt="the events that EventBridge sends when a suppression or a mute window ends",
    question="Which events does EventBridge send of a muted alarm, within its window and when it ends?",
    expected="The state change within the window arrives, and names the mute rule.",
    otherwise="The incident function cannot know from events that an alarm is muted, and reads the rules instead.",
    actions=(*ACTIONS, PUT_ALARM, SET_STATE, "cloudwatch:PutAlarmMuteRule"),
    creates=(*CREATES, "alarm", "mute rule"),
    monthly_usd=0.1,
    minutes=13,
    run=run,
)
