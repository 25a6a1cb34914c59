"""Logs Insights commands of the table of alarms in ALARM."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps

QUERIES = {
    "replace in replace": 'fields replace(replace(member, "1", "hub"), "2", "ledger") as place',
    "filter after stats": 'stats latest(state) as last by alarm | filter last = "ALARM" | sort alarm',
}
DONE = ("Complete", "Failed", "Cancelled", "Timeout")
EXPECTED_ROWS = {"replace in replace": {"hub", "ledger"}, "filter after stats": {"a", "ALARM"}}
# A line can be read by queries some minutes after it was written.
ATTEMPTS, PAUSE_S = 6, 30.0


def run(context: SelftestContext) -> ExperimentSteps:
    """Two lines in a log group, and each query over them until it finds both."""
    group = context.create("create_log_group", "queries")
    context.call("logs", "create_log_stream", logGroupName=group, logStreamName="lines")
    at_ms = int(context.now.timestamp() * 1000)
    lines = ('{"member": "1", "alarm": "a", "state": "ALARM"}', '{"member": "2", "alarm": "b", "state": "OK"}')
    events = [{"timestamp": at_ms, "message": line} for line in lines]
    context.call("logs", "put_log_events", logGroupName=group, logStreamName="lines", logEvents=events)
    yield PAUSE_S
    for note, query in QUERIES.items():
        for _ in range(ATTEMPTS):
            answer = yield from _answer(context, note, group, at_ms // 1000, query)
            if answer is None or answer["status"] != "Complete" or answer["results"]:
                break
            yield PAUSE_S
        if answer is None:
            continue
        # A field that is empty may have no value.
        cells = [cell.get("value", "") for row in answer["results"] for cell in row if cell["field"] != "@ptr"]
        context.note(note, {"status": answer["status"], "values": cells})
        context.require(answer["status"] != "Complete" or cells, "the query found no lines")
        context.require(answer["status"] not in ("Cancelled", "Timeout"), f"the query ended as {answer['status']}")
        context.expect(answer["status"] == "Complete" and set(cells) == EXPECTED_ROWS[note])


def _answer(
    context: SelftestContext, note: str, group: str, at_s: int, query: str
) -> Generator[float, None, dict[str, Any] | None]:
    """The results of a query when it has ended; None if AWS refused it."""
    params = {"logGroupName": group, "startTime": at_s - 600, "endTime": at_s + 600, "queryString": query}
    started = context.judged(note, lambda: context.call("logs", "start_query", **params))
    if started is None:
        return None
    answer = context.call("logs", "get_query_results", queryId=started["queryId"])
    while answer["status"] not in DONE:
        yield 5.0
        answer = context.call("logs", "get_query_results", queryId=started["queryId"])
    return answer


EXPERIMENT = Experiment(
    name="log-query-commands",
    title="Commands of log tables",
    doubt="the table of alarms in ALARM: `replace` inside `replace`",
    question="Does Logs Insights run `replace` inside `replace`, and `filter` after `stats`?",
    expected="Both queries complete, with the replaced names and only the alarm in ALARM.",
    otherwise="The table of alarms is written with other commands.",
    actions=(
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:GetQueryResults",
        "logs:PutLogEvents",
        "logs:StartQuery",
    ),
    creates=("log group",),
    monthly_usd=0.01,
    minutes=8,
    run=run,
)
