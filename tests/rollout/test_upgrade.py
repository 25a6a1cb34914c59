"""A hub of the version before, which had neither index nor notifier, becomes one of this version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from generator.manifest import HUB_TEMPLATE
from generator.render.yaml_text import parse_template
from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import Incident, Kind
from tests.rollout.team import Team
from tests.support import built, spec

STACK, TABLE = "observability-hub-prod", "incident-episodes-prod"
NEW = ("Notifier", "WakeUp", "PathWatchNotifier", "PathWatchChannel")


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value is made of."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            match key, one:
                case "Ref", str():
                    yield one
                case "Fn::GetAtt", [str(title), *_]:
                    yield title
                case "Fn::Sub", str():
                    yield from re.findall(r"\$\{([A-Za-z0-9]+)", one)
                case _:
                    yield from references(one)


def dependencies(resources: dict[str, Any]) -> dict[str, set[str]]:
    """Logical id to what has to be there before it."""
    found = {}
    for title, made in resources.items():
        explicit = made.get("DependsOn", [])
        explicit = [explicit] if isinstance(explicit, str) else explicit
        found[title] = ({*explicit, *references(made["Properties"])} & resources.keys()) - {title}
    return found


def test_index_and_notifier_are_there_before_the_code_that_counts_on_them() -> None:
    resources = built(spec()).templates["prod"][HUB_TEMPLATE]["Resources"]
    graph = dependencies(resources)
    # Raises CycleError where there is no order at all.
    order = list(TopologicalSorter(graph).static_order())
    before = order[: order.index("IncidentFunction")]
    assert {"IncidentTable", "NotifierFunction", "NotifierRole", "WakeUpQueue", "WakeUpQueueToNotifier"} <= set(before)
    # DynamoDB makes or drops one index an update, so that one is all there may be.
    assert len(resources["IncidentTable"]["Properties"]["GlobalSecondaryIndexes"]) == 1


def of_before(template: dict[str, Any]) -> dict[str, Any]:
    """The hub without what is new."""
    resources = {key: made for key, made in template["Resources"].items() if not key.startswith(NEW)}
    table, function = resources["IncidentTable"], resources["IncidentFunction"]
    del table["Properties"]["GlobalSecondaryIndexes"], function["DependsOn"]
    keys = ("pk", "sk")
    table["Properties"]["AttributeDefinitions"] = [{"AttributeName": key, "AttributeType": "S"} for key in keys]
    del function["Properties"]["Environment"]["Variables"]["WAKE_UPS_URL"]
    for role in ("IncidentRole", "IncidentSchedulesRole"):
        for policy in resources[role]["Properties"]["Policies"]:
            statements = policy["PolicyDocument"]["Statement"]
            policy["PolicyDocument"]["Statement"] = [one for one in statements if "WakeUpQueue" not in json.dumps(one)]
    outputs = {key: one for key, one in template["Outputs"].items() if not key.startswith(NEW)}
    return {**template, "Resources": resources, "Outputs": outputs}


def test_an_update_makes_them_and_leaves_what_the_table_remembers(team: Team) -> None:
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    template = parse_template((team.folder / "out" / "prod" / HUB_TEMPLATE).read_text())
    cloudformation, table = team.client("cloudformation"), team.client("dynamodb")
    cloudformation.update_stack(StackName=STACK, TemplateBody=json.dumps(of_before(template)))
    assert not table.describe_table(TableName=TABLE)["Table"].get("GlobalSecondaryIndexes")
    old = Incident("a1", Key("1", "us-east-1", "n"), Kind.ALONE, "high", 1, "ALARM", 1, 1)
    item = {key: value for key, value in items.incident_item(old, 1, 1).items() if not key.startswith("due_")}
    table.put_item(TableName=TABLE, Item=item)
    plan = team.run("deploy", "--plan")
    assert plan.code == 1
    assert "~ IncidentTable (AWS::DynamoDB::Table)\n" in plan.out
    assert "REPLACED" not in plan.out
    assert "REMOVED" not in plan.out
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    (index,) = table.describe_table(TableName=TABLE)["Table"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert DynamoTable(table, TABLE).load_incident("a1") == (old, 1)
    assert team.run("incidents").code == 0


def test_a_package_of_two_functions_is_uploaded_once(team: Team) -> None:
    plan = team.run("deploy", "--plan")
    uploads = [line for line in plan.out.splitlines() if "Upload functions/" in line]
    assert [line.split("/")[1] for line in uploads] == ["incident", "watch"]
    assert team.run("deploy", "--yes").code == 0
    keys = [key for _, key, _ in team.state()["keys"] if key.startswith("functions/")]
    assert len(keys) == 2
    functions = team.client("lambda").list_functions()["Functions"]
    ours = {one["FunctionName"]: one["CodeSha256"] for one in functions}
    assert ours["jira-ticket-creator-prod"] == ours["incident-notifier-prod"] != ours["path-watcher-prod"]


def test_nothing_of_it_is_left(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    done = team.run("destroy", "--yes")
    assert done.code == 0, done.out + done.err
    groups = team.client("scheduler").list_schedule_groups()["ScheduleGroups"]
    assert [one["Name"] for one in groups] == ["default"]
    assert not team.client("scheduler").list_schedules()["Schedules"]
    assert not team.client("dynamodb").list_tables()["TableNames"]
    assert not team.client("sqs").list_queues(QueueNamePrefix="delivery-wake-ups").get("QueueUrls")


def test_a_group_of_schedules_that_somebody_else_has_made_is_in_the_way(team: Team) -> None:
    team.client("scheduler").create_schedule_group(Name="incident-schedules-prod")
    said = team.run("deploy", "--yes")
    assert said.code == 3
    assert "incident-schedules-prod" in said.err
