"""Logs Insights commands of the table of alarms in ALARM."""

from __future__ import annotations

from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps, NotTried

QUERIES = {
    "replace in replace": 'fields replace(replace(place, "1", "hub"), "2", "ledger") as where',
    "filter after stats": 'stats latest(state) as last by alarm | filter last = "ALARM" | sort alarm',
}
DONE = ("Complete", "Failed", "Cancelled", "Timeout")
EXPECTED_ROWS = {"replace in replace": ["hub", "ledger"], "filter after stats": ["a"]}


def run(context: SelftestContext) -> ExperimentSteps:
    """Two lines in a log group, and each query over them until it finds both."""
    group = context.create("create_log_group", "queries")
    context.call("logs", "create_log_stream", logGroupName=group, logStreamName="lines")
    at_ms = int(context.now.timestamp() * 1000)
    lines = ('{"place": "1", "alarm": "a", "state": "ALARM"}', '{"place": "2", "alarm": "b", "state": "OK"}')
    events = [{"timestamp": at_ms, "message": line} for line in lines]
    context.call("logs", "put_log_events", logGroupName=group, logStreamName="lines", logEvents=events)
    # A line can be read by queries some seconds after it was written.
    yield 60.0
    for note, query in QUERIES.items():
        start_s = at_ms // 1000 - 600
        try:
            started = context.call(
                "logs", "start_query", logGroupName=group, startTime=start_s, endTime=start_s + 1200, queryString=query
            )
        except CallRefused as error:
            if not is_judgement(error):
                raise
            context.note(note, {"accepted": False, "code": error.code, "message": error.message})
            context.expect(False)
            continue
        answer = context.call("logs", "get_query_results", queryId=started["queryId"])
        while answer["status"] not in DONE:
            yield 5.0
            answer = context.call("logs", "get_query_results", queryId=started["queryId"])
        cells = [cell["value"] for row in answer["results"] for cell in row if cell["field"] != "@ptr"]
        context.note(note, {"status": answer["status"], "values": cells})
        if answer["status"] == "Complete" and not cells:
            raise NotTried("the query found no lines")
        context.expect(answer["status"] == "Complete" and set(EXPECTED_ROWS[note]) <= set(cells))


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
    minutes=5,
    run=run,
)
