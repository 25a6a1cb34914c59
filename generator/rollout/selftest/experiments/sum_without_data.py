"""SUM over metrics of which one has no data."""

from __future__ import annotations

from datetime import timedelta

from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.metrics import MONTHLY_USD, PUT_DATA, READ, past_minutes, publish, stat, values
from generator.rollout.selftest.types import Experiment, ExperimentSteps

EXPRESSIONS = {
    "sum": "SUM(METRICS())",
    "plus": "m1 + m2",
    "filled": "FILL(m1, 0) + FILL(m2, 0)",
    "past": "SUM([m1 > 0, m2 > 0])",
}


def run(context: SelftestContext) -> ExperimentSteps:
    """Two minutes of two metrics: both have the first, one has the second; and a metric that never was."""
    minutes = past_minutes(context, 2)
    publish(context, "SumA", dict.fromkeys(minutes, 1.0))
    publish(context, "SumB", {minutes[0]: 10.0})
    queries = [stat(context, "m1", "SumA"), stat(context, "m2", "SumB"), stat(context, "m3", "Never")]
    queries += [{"Id": id_, "Expression": text} for id_, text in EXPRESSIONS.items()]
    end = minutes[-1] + timedelta(minutes=1)
    # The two were published by two calls, and one of them may be there before the other.
    published = [{**query, "ReturnData": True} for query in queries[:2]]

    def is_whole() -> bool:
        read = values(context, published, minutes[0], end)
        return (len(read.get("m1", ())), len(read.get("m2", ()))) == (2, 1)

    is_there = yield from context.wait_for(is_whole, 6)
    context.require(is_there, "published values did not arrive")
    read = values(context, queries, minutes[0], end)
    for id_, text in EXPRESSIONS.items():
        context.note(text, read.get(id_, []))
    context.expect([value for _, value in read.get("sum", ())] == [11.0, 1.0])
    context.expect([value for _, value in read.get("plus", ())] == [11.0])


EXPERIMENT = Experiment(
    name="sum-without-data",
    title="Sums with missing data",
    doubt="how SUM over accounts",
    question="What are SUM, + and comparisons of metrics in a period in which one of them has no data?",
    expected="SUM leaves out what has no data; + has no value then.",
    otherwise="Counts of alarms past their threshold, and SLOs over accounts, fill each metric first.",
    actions=(PUT_DATA, READ),
    creates=(),
    monthly_usd=2 * MONTHLY_USD,
    minutes=8,
    run=run,
)
