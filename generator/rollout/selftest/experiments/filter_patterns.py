"""Filter patterns whose meaning no page of AWS states."""

from __future__ import annotations

from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps

# Pattern, lines, and the numbers of the lines that obsgen expects to match, from 1.
PATTERNS = (
    ("[ERROR]", ("all is well", "ERROR disk full", "x"), (1, 2, 3)),
    ('"[ERROR]"', ("all is well", "[ERROR] disk full"), (2,)),
    ("[a, b, c]", ("one two", "one two three", "one two three four"), (2, 3)),
    ("[a, b=warn*, c]", ("1 warning it is", "1 warn", "1 info it is"), (1,)),
    ("{ $.flag IS TRUE }", ('{"flag": true}', '{"flag": "true"}'), (1,)),
    ("{ $.status = 400 }", ('{"status": 400}', '{"status": "400"}'), (1,)),
    ('{ $.user != "root" }', ('{"user": "a"}', '{"user": "root"}', '{"other": 1}'), (1,)),
)


def run(context: SelftestContext) -> ExperimentSteps:
    """Each pattern by TestMetricFilter, which needs no resource."""
    for pattern, lines, expected in PATTERNS:
        try:
            answer = context.call("logs", "test_metric_filter", filterPattern=pattern, logEventMessages=list(lines))
        except CallRefused as error:
            if not is_judgement(error):
                raise
            context.note(pattern, {"accepted": False, "code": error.code, "message": error.message})
            context.expect(False)
            continue
        matched = tuple(sorted(int(match["eventNumber"]) for match in answer.get("matches", ())))
        context.note(pattern, {"lines": lines, "matched": matched, "expected": expected})
        context.expect(matched == expected)
    yield 0.0


EXPERIMENT = Experiment(
    name="filter-patterns",
    title="Filter patterns",
    doubt="a bare `[ERROR]` as a pattern that matches every line",
    question="Which lines do `[ERROR]`, patterns with more fields than words, and comparisons with other types match?",
    expected="`[ERROR]` every line; fewer words than fields nothing; a missing key neither = nor !=.",
    otherwise="`obsgen filter`, the check of patterns and the tests of filters change.",
    actions=("logs:TestMetricFilter",),
    creates=(),
    monthly_usd=0.0,
    minutes=1,
    run=run,
)
