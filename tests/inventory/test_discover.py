"""`obsgen discover`: what accounts have, what watches it, and the entries for what nothing watches."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.aws.resource_types import RESOURCE_TYPES
from generator.cli.inventory_packs import inventory_shapes
from generator.inventory.arns import PARTS_OF_OTHERS, resource_of
from generator.spec.packs import filled, read_pack
from generator.workspace import PackFiles
from tests.captures import REGION, composite_alarm, metric_alarm, write_capture
from tests.command import obsgen
from tests.inventory.world import (
    ALPHA,
    BETA,
    GAMMA,
    HUB,
    NAMES,
    OPS,
    Parts,
    captured,
    dimensions,
    functions,
    listed,
    query_alarm,
    queue_alarm,
    queues,
    region,
    shop,
)
from tests.support import BASE, ROOT

FOLDER = "captures/monday"
SCHEMA = 'SELECT MAX(ApproximateAgeOfOldestMessage) FROM SCHEMA("AWS/SQS", QueueName)'


def discovered(folder: Path, *arguments: str) -> dict[str, Any]:
    """The data of the command."""
    done = obsgen(folder, "discover", FOLDER, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def statuses(folder: Path) -> dict[str, str]:
    """Account and name of each resource, to how it is watched."""
    return {f"{row['account_name']} {row['name']}": row["status"] for row in discovered(folder)["resources"]}


def of_alpha(folder: Path, alarms: list[dict[str, Any]], *queue: str, **parts: Any) -> dict[str, str]:
    """How queues of alpha are watched by some alarms of alpha."""
    own = region(alarms=alarms, metrics=queues(ALPHA, *queue), **parts)
    captured(folder, {ALPHA: own}, spec=None)
    return {name.partition(" ")[2]: status for name, status in statuses(folder).items()}


def test_the_page_begins_with_what_the_command_prints(tmp_path: Path) -> None:
    done = obsgen(shop(tmp_path), "discover", FOLDER)
    page = (ROOT / "docs" / "discover.md").read_text(encoding="utf-8")
    assert done.returncode == 0
    assert page.partition(f"```text\n$ obsgen discover {FOLDER}\n")[2].partition("```")[0] == done.stdout
    assert page.index("```text") < 700


def test_an_applied_proposal_is_watched_and_not_proposed_again(tmp_path: Path) -> None:
    shop(tmp_path)
    file = tmp_path / "observability.yaml"
    file.write_text(BASE + "services:\n  # the oldest\n  orders: {type: sqs, queue: old, accounts: [gamma]}  # keep\n")
    done = obsgen(tmp_path, "discover", FOLDER, "--apply")
    assert done.returncode == 0, done.stderr
    assert "Changed: observability.yaml" in done.stdout
    text = file.read_text(encoding="utf-8")
    assert "  # the oldest\n  orders: {type: sqs, queue: old, accounts: [gamma]}  # keep\n" in text
    data = discovered(tmp_path)
    assert data["proposals"]["entries"] == []
    assert {row["status"] for row in data["resources"]} == {"watched", "silent", "unknown"}
    assert data["all"]["planned"] == 11
    assert discovered(tmp_path, "--apply")["applied"] is False


def pack_metrics(account: str) -> list[dict[str, Any]]:
    """A metric of each default alarm of each pack, with the pack's example values."""
    rows = []
    for name in PackFiles():
        pack, _, _ = read_pack(PackFiles()[name], name)
        assert pack
        values = {key: it.default or it.example for key, it in pack.parameters.items()}
        values |= {"account": account, "region": REGION, "partition": "aws"}
        for alarm in pack.alarms.values():
            for _, metric in alarm.measured if alarm.enabled else ():
                of_metric = {key: filled(value, values) for key, value in metric.dimensions.items()}
                if "{node}" in metric.dimensions.values():
                    # An entry without the optional node has its alarms on the cluster.
                    of_cluster = {key: value for key, value in of_metric.items() if key != "CacheNodeId"}
                    rows.append(listed(account, metric.namespace, metric.name, **of_cluster))
                if not any("{" in value for value in of_metric.values()):
                    rows.append(
                        listed(account, filled(metric.namespace, values), filled(metric.name, values), **of_metric)
                    )
    return rows


def test_a_resource_of_every_pack_is_recognized_proposed_and_then_watched(tmp_path: Path) -> None:
    captured(tmp_path, {ALPHA: region(metrics=pack_metrics(ALPHA))})
    data = discovered(tmp_path, "--apply")
    without_dimensions = {"account-quotas", "billing", "cloudtrail", "service-quota", "ses"}
    assert {row["type"] for row in data["resources"]} == {*PackFiles()} - without_dimensions
    assert data["proposals"]["not_proposed"] == {"of s3, whose alarms need settings": 1}
    after = discovered(tmp_path)["resources"]
    assert {row["type"] for row in after if row["status"] != "watched"} == {"s3"}
    assert {row["type"] for row in after if row["pack"] == "partial"} == set()


def test_one_name_in_two_accounts_and_regions_is_three_resources(tmp_path: Path) -> None:
    other = "eu-west-1"
    captured(
        tmp_path,
        {
            ALPHA: region(alarms=[queue_alarm("a", "orders")], metrics=queues(ALPHA, "orders")),
            (ALPHA, other): region(metrics=queues(ALPHA, "orders")),
            BETA: region(metrics=queues(BETA, "orders")),
        },
        BASE.replace("project: shop\n", f"project: shop\nregions: [us-east-1, {other}]\n"),
    )
    data = discovered(tmp_path)
    rows = [(row["account_name"], row["region"], row["status"]) for row in data["resources"]]
    assert rows == [
        ("alpha", other, "unwatched"),
        ("alpha", REGION, "watched"),
        ("beta", REGION, "unwatched"),
    ]
    entries = [entry["entry"] for entry in data["proposals"]["entries"]]
    assert entries == [
        {"type": "sqs", "queue": "orders", "accounts": ["alpha"], "regions": [other]},
        {"type": "sqs", "queue": "orders", "accounts": ["beta"], "regions": [REGION]},
    ]


def test_one_entry_is_for_accounts_that_have_only_its_regions_too(tmp_path: Path) -> None:
    spec = BASE.replace("project: shop\n", "project: shop\nregions: [us-east-1, eu-west-1]\n")
    spec = spec.replace('alpha: {id: "222222222222"', f'alpha: {{id: "222222222222", regions: [{REGION}]')
    assert f"regions: [{REGION}]" in spec
    captured(tmp_path, {account: region(metrics=queues(account, "orders")) for account in (ALPHA, BETA)}, spec)
    entries = [entry["entry"] for entry in discovered(tmp_path)["proposals"]["entries"]]
    assert entries == [{"type": "sqs", "queue": "orders", "accounts": ["alpha", "beta"], "regions": [REGION]}]


def test_a_name_that_many_accounts_have_is_listed_once_with_its_number(tmp_path: Path) -> None:
    regions = {
        account: region(alarms=[queue_alarm("age", "jobs")], metrics=queues(account, "jobs"))
        for account in (ALPHA, BETA)
    }
    captured(tmp_path, regions)
    text = obsgen(tmp_path, "discover", FOLDER).stdout
    assert "2 sqs without depth, in-flight: jobs (2 times)" in text


def test_what_was_not_read_is_never_not_watched(tmp_path: Path) -> None:
    own: Parts = region(metrics=queues(ALPHA, "orders"))
    del own["alarms"]
    captured(tmp_path, {ALPHA: own, BETA: region(metrics=queues(BETA, "orders"))}, spec=None)
    assert statuses(tmp_path) == {"alpha orders": "unknown", "beta orders": "unwatched"}
    hub = region()
    del hub["alarms"]
    other = captured(tmp_path / "other", {ALPHA: region(metrics=queues(ALPHA, "orders")), HUB: hub}, spec=None)
    data = discovered(other)
    assert data["cannot_say"] == {"alarms of the hub were not read": 1}


def test_without_the_hub_or_a_list_of_metrics_nothing_is_claimed(tmp_path: Path) -> None:
    rows = {(ALPHA, REGION): region(metrics=queues(ALPHA, "orders")), (BETA, REGION): {"alarms": [], "history": []}}
    write_capture(tmp_path / "captures" / "monday", rows, names=NAMES)
    data = discovered(tmp_path)
    assert data["cannot_say"] == {"the hub is not in the capture": 1}
    assert [place["account_name"] for place in data["not_listed"]] == ["beta"]
    done = obsgen(tmp_path, "discover", FOLDER)
    assert "Resources not read: beta us-east-1" in done.stdout
    assert "No entries are proposed without the file" in done.stdout


def test_alarms_of_the_hub_watch_metrics_of_linked_accounts(tmp_path: Path) -> None:
    stat = {
        "Metric": {
            "Namespace": "AWS/SQS",
            "MetricName": "SentMessageSize",
            "Dimensions": dimensions(QueueName="orders"),
        }
    }
    own = [
        metric_alarm("of-beta", Metrics=[{"Id": "m", "MetricStat": stat, "AccountId": BETA}], AlarmActions=[OPS]),
        query_alarm(
            "of-all", "SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName) WHERE AWS.AccountId != 'x'"
        ),
        query_alarm("own", 'SELECT MAX(CPUUtilization) FROM "AWS/RDS" WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()'),
    ]
    own[0] = {key: value for key, value in own[0].items() if key not in ("Namespace", "MetricName", "Dimensions")}
    of_beta = [
        *queues(BETA, "orders"),
        *functions(BETA, "pay"),
        listed(BETA, "AWS/RDS", "X", DBInstanceIdentifier="db"),
    ]
    hub = region(alarms=own, metrics=[*of_beta, listed(HUB, "AWS/RDS", "X", DBInstanceIdentifier="own")])
    captured(
        tmp_path, {HUB: hub, ALPHA: region(metrics=queues(ALPHA, "orders")), BETA: region(metrics=of_beta)}, spec=None
    )
    assert statuses(tmp_path) == {
        "alpha orders": "unwatched",
        "beta orders": "watched",
        "beta pay": "watched",
        "beta db": "unwatched",
        "hub own": "watched",
    }


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({}, "watched"),
        ({"AlarmActions": []}, "silent"),
        ({"ActionsEnabled": False}, "silent"),
        ({"AlarmActions": ["arn:aws:autoscaling:us-east-1:1:scalingPolicy:x"]}, "silent"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:reboot"]}, "silent"),
        ({"AlarmActions": ["arn:aws:ssm:us-east-1:1:opsitem:1"]}, "watched"),
        # An alarm on all queues of an account, and one on a queue that is called `*`.
        ({"Dimensions": []}, "unwatched"),
        ({"Dimensions": dimensions(QueueName="*")}, "unwatched"),
        ({"Dimensions": dimensions(QueueName="orders2")}, "unwatched"),
        ({"Dimensions": "no list", "AlarmActions": "no list"}, "unwatched"),
    ],
)
def test_an_alarm_watches_what_its_dimensions_name(tmp_path: Path, keys: dict[str, Any], status: str) -> None:
    assert of_alpha(tmp_path, [queue_alarm("a", "orders", **keys)], "orders") == {"orders": status}


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ('ALARM("a") AND ALARM("b")', "watched"),
        (f'ALARM("arn:aws:cloudwatch:us-east-1:{ALPHA}:alarm:a")', "watched"),
        ('ALARM("b") AND NOT ALARM("a")', "silent"),
        ('NOT (NOT ALARM("a"))', "watched"),
        ('OK("a")', "silent"),
        ('ALARM("b")', "silent"),
        ("ALARM(", "silent"),
    ],
)
def test_a_composite_calls_for_the_alarms_that_bring_its_alarm(tmp_path: Path, rule: str, status: str) -> None:
    alarms = [queue_alarm("a", "orders", ActionsEnabled=False), composite_alarm("c", rule, AlarmActions=[OPS])]
    assert of_alpha(tmp_path, alarms, "orders") == {"orders": status}


@pytest.mark.parametrize(
    ("query", "orders", "returns"),
    [
        (f"{SCHEMA} GROUP BY QueueName", "watched", "watched"),
        (f"{SCHEMA} WHERE QueueName = 'orders'", "watched", "unwatched"),
        (f"{SCHEMA} WHERE QueueName != 'orders' GROUP BY QueueName", "unwatched", "watched"),
        (f"{SCHEMA} WHERE tag.team = 'shop' GROUP BY QueueName", "watched", "unwatched"),
        (f"{SCHEMA} WHERE tag.stage = 'prod' GROUP BY QueueName", "unknown", "unknown"),
        ('SELECT MAX(ApproximateAgeOfOldestMessage) FROM "AWS/SQS"', "watched", "watched"),
        (f"{SCHEMA} WHERE AWS.AccountId = '{BETA}'", "unwatched", "unwatched"),
        ('SELECT MAX(Errors) FROM "AWS/Lambda"', "unwatched", "unwatched"),
        ("SELECT MAX(", "unwatched", "unwatched"),
    ],
)
def test_a_query_watches_what_it_selects(tmp_path: Path, query: str, orders: str, returns: str) -> None:
    tags = [
        {"ResourceARN": f"arn:aws:sqs:{REGION}:{ALPHA}:{name}", "Tags": {"team": team}}
        for name, team in (("orders", "shop"), ("returns", "other"))
    ]
    result = of_alpha(tmp_path, [query_alarm("q", query)], "orders", "returns", resources=tags)
    assert result == {"orders": orders, "returns": returns}


def test_a_cluster_is_not_watched_by_alarms_of_its_services(tmp_path: Path) -> None:
    metrics = [listed(ALPHA, "AWS/ECS", "CPUUtilization", ClusterName="shop", ServiceName="web")]
    alarm = metric_alarm("a", Namespace="AWS/ECS", Dimensions=metrics[0]["Dimensions"], AlarmActions=[OPS])
    captured(tmp_path, {ALPHA: region(alarms=[alarm], metrics=metrics)}, spec=None)
    assert statuses(tmp_path) == {"alpha shop": "unwatched", "alpha shop/web": "watched"}


def test_an_alarm_on_lines_of_a_log_group_watches_its_function(tmp_path: Path) -> None:
    alarm = metric_alarm("lines", Namespace="Shop", MetricName="Errors", Dimensions=[], AlarmActions=[OPS])
    row = {
        "filterName": "f",
        "logGroupName": "/aws/lambda/payments",
        "metricTransformations": [{"metricNamespace": "Shop", "metricName": "Errors"}, "no object"],
    }
    own = region(alarms=[alarm], metrics=functions(ALPHA, "payments"), metric_filters=[row])
    captured(tmp_path, {ALPHA: own}, spec=None)
    (resource,) = discovered(tmp_path)["resources"]
    assert (resource["status"], resource["alarms"][0]["by"], resource["pack"]) == ("watched", "logs", "partial")


def test_brokers_and_apis_of_two_kinds_differ_by_their_metrics(tmp_path: Path) -> None:
    metrics = [
        listed(ALPHA, "AWS/AmazonMQ", "RabbitMQDiskFree", Broker="rabbit"),
        listed(ALPHA, "AWS/AmazonMQ", "StorePercentUsage", Broker="active-1"),
        listed(ALPHA, "AWS/ApiGateway", "4xx", ApiId="http", Stage="$default"),
        listed(ALPHA, "AWS/ApiGateway", "MessageCount", ApiId="socket", Stage="v1"),
    ]
    captured(tmp_path, {ALPHA: region(metrics=metrics)}, spec=None)
    assert {(row["type"], row["name"]) for row in discovered(tmp_path)["resources"]} == {
        ("rabbitmq", "rabbit"),
        ("activemq", "active-1"),
        ("http-api", "http"),
    }


def test_lists_of_services_have_what_metrics_do_not(tmp_path: Path) -> None:
    group = {"Type": "auto-scaling", "Values": {"group": "web"}}
    services = [
        {"Type": "sqs", "Values": {"queue": "idle"}},
        {"Type": "auto-scaling", "Values": {"group": "web"}},
        *({"Type": "ec2", "Values": {"instance": f"i-{number}"}, "Group": group} for number in range(3)),
        {"Type": "rest-api", "Values": {"api": "shop"}, "Arn": f"arn:aws:apigateway:{REGION}::/restapis/abc"},
        {"Type": "rds:neptune", "Values": {"instance": "graph"}},
        {"Type": "sqs", "Values": "no object"},
    ]
    tags = [{"ResourceARN": f"arn:aws:apigateway:{REGION}::/restapis/abc", "Tags": {"owner": "shop"}}]
    metrics = [listed(ALPHA, "AWS/EC2", "CPUUtilization", InstanceId=f"i-{number}") for number in range(4)]
    captured(tmp_path, {ALPHA: region(metrics=metrics, services=services, resources=tags)})
    data = discovered(tmp_path)
    rows = {row["name"]: row for row in data["resources"]}
    assert sorted(rows) == ["i-3", "idle", "shop", "web"]
    assert rows["web"]["parts"] == 3
    assert (rows["idle"]["has_data"], rows["shop"]["owner"]) == (False, "shop")
    assert data["of_no_pack"]["resources"] == {"rds:neptune": 1, "sqs": 1}
    assert data["proposals"]["not_proposed"] == {"without a value for `stage` of rest-api, which no metric has": 1}
    keys = [entry["key"] for entry in data["proposals"]["entries"]]
    assert keys == ["web", "ec2-fleet", "idle"]


def test_tags_alone_are_no_reason_for_an_entry(tmp_path: Path) -> None:
    """The tagging API lists resources that are deleted."""
    arns = ["sqs:us-east-1:222222222222:old", "rds:us-east-1:222222222222:cluster:x", "neptune:us-east-1:1:graph/x"]
    rows = [{"ResourceARN": f"arn:aws:{arn}", "Tags": {}} for arn in arns]
    captured(tmp_path, {ALPHA: region(resources=[*rows, {"ResourceARN": "no ARN", "Tags": {}}])})
    data = discovered(tmp_path)
    assert [row["name"] for row in data["resources"]] == ["old"]
    assert data["of_no_pack"]["resources"] == {"neptune:graph": 1, "rds:cluster": 1}
    assert data["proposals"]["entries"] == []
    assert list(data["proposals"]["not_proposed"].values()) == [1]


def test_every_type_that_the_tagging_api_is_asked_for_is_known() -> None:
    known = inventory_shapes({}).by_type
    without_entry = {"bedrock:inference-profile", "cloudtrail:trail", "directconnect:dxvif", "ses:identity"}
    names = {
        "autoscaling:autoScalingGroup": "autoScalingGroup:1:autoScalingGroupName/x",
        "elasticloadbalancing:loadbalancer": "loadbalancer/app/x/1",
        "kafka:cluster": "cluster/x/1",
        "mq:broker": "broker:x:b-1",
        "ecs:service": "service/a/b",
        "apigateway:apis": "/apis/x",
        "s3:bucket": "x",
    }
    colons = ("dms", "elasticache", "lambda", "rds", "redshift", "states", "synthetics", "backup")
    for type_ in RESOURCE_TYPES:
        service, _, kind = type_.partition(":")
        rest = names.get(type_, f"{kind}{':' if service in colons else '/'}x" if kind else "x")
        resource = resource_of(f"arn:aws:{service}:us-east-1:1:{rest}")
        is_part = type_ in PARTS_OF_OTHERS or type_ == "apigateway:restapis"
        assert (resource is None) == (type_ in without_entry or is_part), type_
        assert resource is None or known.keys() >= {*resource.types}


def test_a_file_of_several_environments_has_the_resource_in_one(tmp_path: Path) -> None:
    several = BASE.replace("environments: [prod]", "environments: [prod, dev]")
    several = several.replace("name: Errors,", 'name: "Errors-{environment}",')
    captured(
        tmp_path,
        {ALPHA: region(metrics=queues(ALPHA, "orders"))},
        several.replace("access: {", "access: {owned_by: prod, "),
    )
    data = discovered(tmp_path)
    (entry,) = data["proposals"]["entries"]
    assert entry["entry"]["overrides"] == [{"where": {"environment": "dev"}, "enabled": False}]


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    """A queue has a plain name, a rule or a stage of an API nearly any."""
    hostile = "\u202e{environment}: `@ops` <b>| # [x](y) & *a"
    metrics = [
        listed(ALPHA, "AWS/Events", "FailedInvocations", RuleName=hostile),
        listed(ALPHA, "AWS/Events", "FailedInvocations", RuleName="{environment}"),
        listed(ALPHA, "AWS/Batch", "FailedJobs", JobQueueName="{region}"),
        *queues(ALPHA, "a" * 5_000),
        *queues(ALPHA, "NULL", "1e3", "~"),
    ]
    tags = [{"ResourceARN": f"arn:aws:sqs:{REGION}:{ALPHA}:NULL", "Tags": {"owner": "{{x}} \u202e# :"}}]
    captured(tmp_path, {ALPHA: region(metrics=metrics, resources=tags)})
    done = obsgen(tmp_path, "discover", FOLDER)
    assert done.returncode == 0, done.stderr
    assert "\u202e" not in done.stdout
    applied = obsgen(tmp_path, "discover", FOLDER, "--apply")
    assert applied.returncode == 0, applied.stderr
    assert "accept" in done.stdout
    entries = yaml.safe_load((tmp_path / "observability.yaml").read_text(encoding="utf-8"))["services"]
    assert {entry.get("queue") for entry in entries.values()} >= {"NULL", "1e3"}


def test_any_order_of_rows_gives_the_same_bytes(tmp_path: Path) -> None:
    outputs = set()
    for seed in (1, 2):
        folder = shop(tmp_path / str(seed))
        for path in (folder / "captures").rglob("*.jsonl"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            random.Random(seed).shuffle(lines)
            path.write_text("".join(lines), encoding="utf-8")
        outputs.add(obsgen(folder, "discover", FOLDER).stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("captures/tuesday",), "capture.json: file not found"),
        ((FOLDER, "--file", "other.yaml"), "other.yaml: file not found"),
        ((FOLDER, "--environment", "test"), "there is no environment `test`"),
    ],
)
def test_what_is_wrong_with_the_call(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = obsgen(captured(tmp_path, {GAMMA: region()}), "discover", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_corrupt_line_is_named(tmp_path: Path) -> None:
    captured(tmp_path, {ALPHA: region()})
    (tmp_path / FOLDER / ALPHA / REGION / "services.jsonl").write_text('{"Type": 1}\n')
    done = obsgen(tmp_path, "discover", FOLDER)
    assert done.returncode == 2
    assert "services.jsonl:1: expected `Type` to be a string" in done.stderr
