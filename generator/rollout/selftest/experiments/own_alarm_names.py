"""Event patterns with names of alarms that have spaces and signs, and events of alarms whose actions are disabled."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.event_queue import ACTIONS, CREATES, SOURCE, alarm_events
from generator.rollout.selftest.types import Experiment, ExperimentSteps

SUFFIXES = ("CPU high (web) > 80 %", "Größe/50%+1 & more", "with * and ?")


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm for each name, all with disabled actions, and a rule that lists the names."""
    names = [set_by_hand(context, suffix) for suffix in SUFFIXES]
    pattern = {"source": [SOURCE], "detail": {"alarmName": names}}
    receiver = alarm_events(context, "names", names, pattern)
    yield 60.0
    for name in names:
        set_state(context, name, "ALARM")
    yield from context.wait_for(lambda: receiver.receive() >= len(names), 3)
    context.note("events", receiver.events)
    for name in names:
        context.expect(any(name == _alarm_name(event) for event in receiver.events))


def _alarm_name(event: object) -> object:
    detail = event.get("detail") if isinstance(event, dict) else None
    return detail.get("alarmName") if isinstance(detail, dict) else None


EXPERIMENT = Experiment(
    name="own-alarm-names",
    title="Names of alarms with spaces and signs in event patterns",
    doubt="alarms with names of their own",
    question="Does a rule match names with spaces and signs, and do alarms with disabled actions send events?",
    expected="Each alarm's event arrives.",
    otherwise="Alarms with such names get generated names, and an import keeps no alarm with disabled actions.",
    actions=(*ACTIONS, PUT_ALARM, SET_STATE),
    creates=(*CREATES, "alarm"),
    monthly_usd=0.3,
    minutes=5,
    run=run,
)
