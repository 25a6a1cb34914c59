"""What the event packs say of AWS, where it was wrong once: the quotations are AWS's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.evaluate.events.pattern import EventPattern, parse
from tests.support import built, spec


def taken(pack: str, event: dict[str, Any]) -> set[tuple[str, str]]:
    """Rule and edge of every rule of a pack that takes an event."""
    (estate,) = built(spec(f"event_rules: {{p: {{pack: {pack}}}}}")).estates.values()
    found = set()
    for rule in estate.event_rules:
        for edge, pattern in zip(("begin", "end"), rule.patterns, strict=False):
            parsed = parse(json.loads(pattern))
            assert isinstance(parsed, EventPattern)
            found |= {(rule.key, edge)} if parsed.matches(event) else set()
    return found


@pytest.mark.parametrize(
    ("number", "edge"),
    [("0069", "begin"), ("0070", "begin"), ("0071", "end"), ("0072", "begin"), ("0073", "begin")],
)
def test_a_failover_that_failed_ends_no_incident(number: str, edge: str) -> None:
    """0069: "Cluster failover failed, check the health of your cluster instances and try again."; 0070: "Promoting
    previous primary again"; 0071: "Completed failover to DB instance".
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
    """
    event = {"source": "aws.rds", "detail-type": "RDS DB Cluster Event", "detail": {"EventID": f"RDS-EVENT-{number}"}}
    assert taken("rds", event) == {("p-cluster-failover", edge)}


@pytest.mark.parametrize(
    ("said", "count"),
    [({}, 1), ({"backupEvent": "false"}, 1), ({"backupEvent": False}, 1), ({"backupEvent": "True"}, 0)],
)
@pytest.mark.parametrize(
    ("category", "status"),
    [("issue", "open"), ("issue", "closed"), ("scheduledChange", "upcoming"), ("accountNotification", "open")],
)
def test_an_event_of_health_is_not_taken_in_its_backup_region_too(
    category: str, status: str, said: dict[str, Any], count: int
) -> None:
    """Each event is sent to its Region and to a backup, us-west-2 or us-east-1: "If you prefer not to use backup
    functionality, then you need to add a filter to your backup Region rule. For example, implement a filter for
    `detail.backupEvent = False`." https://docs.aws.amazon.com/health/latest/ug/choosing-a-region.html
    """
    detail = {"eventTypeCategory": category, "statusCode": status, **said}
    event = {"source": "aws.health", "detail-type": "AWS Health Event", "region": "us-west-2", "detail": detail}
    assert len(taken("health", event)) == count


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("DMS Replication Task State Change", "REPLICATION_TASK_FAILED", {("p-task-failed", "begin")}),
        ("DMS Replication Task State Change", "REPLICATION_TASK_STARTED", {("p-task-failed", "end")}),
        ("DMS Replication Task State Change", "REPLICATION_TASK_STOPPED", set()),
        ("DMS Replication State Change", "REPLICATION_FAILED", {("p-serverless-failed", "begin")}),
        ("DMS Replication State Change", "REPLICATION_INITIALIZING", {("p-serverless-failed", "end")}),
        ("DMS Replication State Change", "REPLICATION_STOPPED", set()),
    ],
)
def test_serverless_replications_of_dms_have_events_of_their_own(kind: str, name: str, expected: set[Any]) -> None:
    """A replication without an instance never sends REPLICATION_TASK_FAILED: its failures are REPLICATION_FAILED.
    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-dms.html has the detail-types.
    """
    event = {"source": "aws.dms", "detail-type": kind, "resources": ["arn"], "detail": {"eventType": name}}
    assert taken("dms", event) == expected


def test_a_certificate_that_has_expired_does_not_end_its_incident() -> None:
    """ "Certificate Expired events aren't available for imported certificates", and those of "approaching" stop then:
    silence is no sign of a new certificate. https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html
    """
    (estate,) = built(spec("event_rules: {p: {pack: acm}}")).estates.values()
    rules = {rule.key: rule for rule in estate.event_rules}
    assert rules["p-expires-soon"].end.after_seconds == 30 * 86_400
    assert all(json.loads(text)["detail"]["CertificateType"] != "IMPORTED" for text in rules["p-expired"].match)
