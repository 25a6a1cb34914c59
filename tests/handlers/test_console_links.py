"""Links in tickets and dashboards lead into the console of the Region's own partition.

https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html, botocore's partitions.json
"""

from __future__ import annotations

import pytest

from handlers.common.deadline import Deadline
from handlers.incident.events import Key
from handlers.incident.message import evidence
from handlers.incident.message.compose import links_of
from handlers.incident.routing import LogQuery, Routing
from tests.handlers.test_evidence import Pages

NAME = "errors-alarm-prod"
LOGS = {"log_group": "/app", "pattern": '"x"', "query": "fields @message", "readable": True}


def _routing(region: str) -> Routing:
    table = {
        "version": 3,
        "environment": "prod",
        "project": "shop",
        "hub": {"account": "111111111111", "region": region},
        "accounts": {"222222222222": "checkout"},
        "accounts_closed": True,
        "dashboard": "overview-prod",
        "routes": {},
        "channels": {},
        "alarms": {NAME: {"severity": "high", "logs": LOGS}},
    }
    return Routing(table)


@pytest.mark.parametrize(
    ("region", "root", "partition"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/", "aws"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/", "aws-cn"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/", "aws-us-gov"),
        ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/", "aws-eusc"),
    ],
)
def test_links_and_arns_are_those_of_the_partition(region: str, root: str, partition: str) -> None:
    made = dict(links_of(Key("222222222222", region, NAME), 1_795_168_800_000, _routing(region)))
    assert set(made) == {"Alarm", "Dashboard", "Log query"}
    assert all(address.startswith(f"{root}cloudwatch/home?region={region}#") for address in made.values())
    assert f"arn*3A{partition}*3Alogs*3A{region}" in made["Log query"]


def test_there_are_no_links_where_no_console_can_be_reached() -> None:
    assert links_of(Key("222222222222", "us-iso-east-1", NAME), 0, _routing("us-iso-east-1")) == ()


def test_lines_are_read_by_an_arn_of_the_partition() -> None:
    logs = Pages([(1, "one")])
    query = LogQuery("/app", '"x"', "fields @message", readable=True)
    evidence.lines(logs, Key("222222222222", "cn-north-1", NAME), query, 0, Deadline.after(60))
    assert logs.asked[0]["logGroupIdentifier"] == "arn:aws-cn:logs:cn-north-1:222222222222:log-group:/app"
