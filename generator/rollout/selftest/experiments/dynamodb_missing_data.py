"""Missing data of alarms on metrics of DynamoDB."""

from __future__ import annotations

from generator.rollout.selftest.alarms import PUT_ALARM, on_metric, state_of, state_value
from generator.rollout.selftest.context import SelftestContext
from generator.rollout.selftest.types import Experiment, ExperimentSteps, NotTried


def run(context: SelftestContext) -> ExperimentSteps:
    """Two alarms without data that is breaching: one on a table that does not exist, one on a metric of the run."""
    table = [{"Name": "TableName", "Value": context.name("table")}]
    of_dynamodb = on_metric(context, "ThrottledRequests", TreatMissingData="breaching") | {
        "Namespace": "AWS/DynamoDB",
        "Dimensions": table,
    }
    name = context.create("put_metric_alarm", "dynamodb", **of_dynamodb)
    control = context.create(
        "put_metric_alarm", "not-dynamodb", **on_metric(context, "None", TreatMissingData="breaching")
    )
    is_evaluated = yield from context.wait_for(lambda: state_value(context, control) == "ALARM", 8)
    # The other one was created at the same moment; it gets three minutes more.
    is_breaching = yield from context.wait_for(lambda: state_value(context, name) == "ALARM", 3)
    context.note("AWS/DynamoDB", state_of(context, name))
    context.note("own namespace", state_of(context, control))
    if not is_evaluated:
        raise NotTried("the other alarm was not evaluated")
    context.expect(is_breaching)


EXPERIMENT = Experiment(
    name="dynamodb-missing-data",
    title="Missing data of alarms on DynamoDB",
    doubt="**DynamoDB and missing data**",
    question="Does an alarm on AWS/DynamoDB heed TreatMissingData: breaching?",
    expected="Yes: the alarm without data is in ALARM, as one on another namespace is.",
    otherwise="A check warns about missing_data on AWS/DynamoDB, and the packs count something that always has data.",
    actions=(PUT_ALARM,),
    creates=("alarm",),
    monthly_usd=0.2,
    minutes=12,
    run=run,
)
