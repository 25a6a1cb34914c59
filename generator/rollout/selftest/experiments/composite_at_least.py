"""AT_LEAST in composites, and how rules without parentheses are read."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM, SET_STATE, set_by_hand, set_state, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps

UNKNOWN = "INSUFFICIENT_DATA"
# By note: the rule, and whether obsgen expects ALARM while a is in ALARM, and b and c are OK.
RULES = {
    "at-least-1": ("AT_LEAST(1, ALARM, ({a}, {b}, {c}))", True),
    "at-least-2": ("AT_LEAST(2, ALARM, ({a}, {b}, {c}))", False),
    "not-at-least-2": ("NOT AT_LEAST(2, ALARM, ({a}, {b}, {c}))", True),
    "half-of-three": ("AT_LEAST(50%, ALARM, ({a}, {b}, {c}))", False),
    "and-before-or": ("ALARM({a}) OR ALARM({b}) AND ALARM({c})", True),
}


def run(context: SelftestContext) -> ExperimentSteps:
    """Three alarms, one of them in ALARM, and a composite for each rule."""
    names = {letter: set_by_hand(context, f"child-{letter}") for letter in "abc"}
    for letter, name in names.items():
        set_state(context, name, "ALARM" if letter == "a" else "OK")
    composites = {}
    for note, (rule, _) in RULES.items():
        suffix = f"composite-{note}"
        is_accepted = context.attempt(
            note, "put_composite_alarm", suffix, AlarmRule=rule.format(**names), ActionsEnabled=False
        )
        context.expect(is_accepted)
        if is_accepted:
            composites[note] = context.name(suffix)
    # Only a composite that has not been evaluated yet has no data (API_PutCompositeAlarm).
    is_evaluated = yield from context.wait_for(
        lambda: all(state_value(context, name) != UNKNOWN for name in composites.values()), 3
    )
    context.require(is_evaluated, "a composite was not evaluated")
    yield 60.0
    children = {letter: state_value(context, name) for letter, name in names.items()}
    context.note("alarms", children)
    context.require(children == {"a": "ALARM", "b": "OK", "c": "OK"}, "the alarms did not keep their states")
    for note, name in composites.items():
        state, expected = state_value(context, name), "ALARM" if RULES[note][1] else "OK"
        context.note(note, {"accepted": True, "rule": RULES[note][0], "state": state, "expected": expected})
        context.expect(state == expected)


EXPERIMENT = Experiment(
    name="composite-at-least",
    title="AT_LEAST and precedence in composites",
    doubt="AT_LEAST in composites",
    question="Does PutCompositeAlarm accept AT_LEAST and NOT AT_LEAST, how does it round, and does AND precede OR?",
    expected="Accepted; half of three is two; AND precedes OR.",
    otherwise="Composites are written with AND, OR and numbers of combinations; the evaluator changes its rounding.",
    actions=(PUT_ALARM, "cloudwatch:PutCompositeAlarm", SET_STATE),
    creates=("alarm",),
    monthly_usd=2.8,
    minutes=5,
    run=run,
)
