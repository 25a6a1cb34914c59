"""Golden templates: a small spec for each concern, and what it becomes; `pytest --update` rewrites them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from generator.render.json_rows import json_rows
from generator.render.routing import routing_json
from generator.render.yaml_text import yaml_text
from tests.support import built, spec

FOLDER = Path(__file__).parent / "golden"
MOST_LINES = 125
# Which logical ids belong to a concern; a change may move only the goldens of its own.
CONCERNS = {
    "access": ("Monitoring", "IsFirstRegion"),
    "agent/configuration": ("AgentConfiguration", "AgentPolicy"),
    "admission": ("AccountsBus", "UnitsBus", "HubBus"),
    "agent/association": ("AgentDocument", "AgentAssociation"),
    "alarms": ("Alarm", "AnomalyDetector", "LogAlarm"),
    "audit": ("Audit",),
    "canaries/bucket": ("CanariesBucket",),
    "canaries/one": ("Canary", "AlarmCheckoutCanary"),
    "canaries/rights": ("CanariesRole", "CanariesLogGroup"),
    "compliance/checker": ("ComplianceFunction", "ComplianceLogGroup", "ComplianceBucketContents"),
    "compliance/hub": ("FindingRule", "Checkers", "ComplianceMissingTags", "IncidentQueuePolicy"),
    "compliance/operator": ("ComplianceOperatorRole",),
    "compliance/launches": ("ComplianceLaunches", "ComplianceDeadLetters"),
    "compliance/queue": ("ComplianceQueue",),
    "compliance/rights": ("ComplianceRole",),
    "compliance/storage": ("ComplianceBucket", "ComplianceTable"),
    "compliance/rules": ("ComplianceStateChange", "ComplianceTagChange"),
    "compliance/schedules": ("ComplianceSchedule", "ComplianceScan", "ComplianceTick"),
    "composites": ("Composite",),
    "contributor_insights": ("Insight",),
    "dashboards": ("Dashboard",),
    "event_path/bus": ("Bus", "EventArchive", "EventLogPolicy", "IncidentRule"),
    "event_path/dead-letters": ("EventDeadLetters", "IncidentQueuePolicy"),
    "event_path/forwarding": ("Forwarding", "HubForwarding", "IsNotHub"),
    "error_logs/function": ("ErrorLogsFunction", "ErrorLogsLogGroup", "ErrorLogsQueueToFunction"),
    "error_logs/rights": ("ErrorLogsRole",),
    "error_logs/queue": ("ErrorLogsQueue", "ErrorLogsDeadLetters"),
    "error_logs/rules": ("ErrorLogsTask", "ErrorLogsDeployment", "ErrorLogsStack"),
    "error_logs/schedule": ("ErrorLogsSchedule",),
    "error_logs/admission": ("AgentsAccounts", "AgentsUnits"),
    "error_logs/alarms": ("AlarmErrorLogAgent",),
    "event_store/function": ("MonitoringEventsFunction", "MonitoringEventsLogGroup", "MonitoringEventsQueueToFunction"),
    "event_store/rights": ("MonitoringEventsRole",),
    "event_store/queue": ("MonitoringEventsQueue", "MonitoringEventsDeadLetters"),
    "event_store/rules": ("MonitoringEventsRule", "MonitoringEventsAlarmRule", "MonitoringEventsFindingRule"),
    "event_store/table": ("MonitoringEventsTable",),
    "event_store/key": ("MonitoringEventsKey",),
    "event_store/network": ("MonitoringEventsFunction",),
    "event_store/tick": ("MonitoringEventsSchedule", "MonitoringEventsTick"),
    "event_store/alarms": ("AlarmMonitoringEventsThrottled",),
    "event_store/agents": (
        "UpdateDeploymentDead",
        "UpdateDeploymentRule",
        "UpdateDeploymentPermission",
        "UpdateDeploymentFunction",
    ),
    "reports/bucket": ("DailyReportBucket",),
    "reports/function": ("DailyReportFunction", "DailyReportQueue", "DailyReportDead"),
    "reports/rights": ("DailyReportRole",),
    "reports/schedules": ("DailyReportDaily", "DailyReportWeekly"),
    "monitoring_api/gateway": (
        "MonitoringApiRoot",
        "MonitoringApiPaths",
        "MonitoringApiMethod",
        "MonitoringApiDefault",
    ),
    "monitoring_api/stage": (
        "MonitoringApiStage",
        "MonitoringApiAccess",
        "MonitoringApiAccount",
        "MonitoringApiPermission",
    ),
    "monitoring_api/function": ("MonitoringApiFunction", "MonitoringApiCursors", "MonitoringApiLogGroup"),
    "monitoring_api/rights": ("MonitoringApiRole",),
    "heartbeat": ("Heartbeat",),
    "incidents/function": ("IncidentFunction", "IncidentLogGroup", "AssetsBucket"),
    "incidents/memory": ("IncidentTable",),
    "incidents/role": ("IncidentRole",),
    "incidents/queue": ("IncidentDeadLetters", "IncidentQueue"),
    "insights": ("InsightsLayer",),
    "log_keys": ("LogsKey",),
    "logs": ("LogGroup", "Filter"),
    "log_archive/alarms": ("AlarmApplicationArchive", "AlarmLogArchive"),
    "log_archive/delivery": ("ArchiveStream", "ArchiveFilter", "ArchiveReasons"),
    "log_archive/emptier": ("LogArchiveFunction", "LogArchiveLogGroup", "LogArchiveRole", "LogArchiveBucketContents"),
    "log_archive/rights": ("LogArchiveDeliveryRole", "LogArchiveSubscriptionRole"),
    "log_archive/storage": ("LogArchiveBucket", "LogArchiveReasons"),
    "maintenance": ("Maintenance",),
    "network/group": ("Endpoints", "HasE"),
    "network/endpoints": ("EndpointMonitoring", "EndpointEc2messages"),
    "notifier/function": ("NotifierFunction", "NotifierLogGroup", "WakeUpQueueToNotifier"),
    "notifier/role": ("NotifierRole",),
    "notifier/wake-ups": ("WakeUpQueue", "IncidentSchedules", "NotifierSchedule"),
    "notifications": ("Topic", "Email", "MailDeadLetters"),
    "placements/accounts": ("AlarmLedger", "FilterLedger", "LogGroupLedger", "IsInAccount", "IsNotInAccount"),
    "placements/compliance": ("AlarmHighNonCompliance", "ComplianceTable", "IsIn", "IsNotHub", "IsNotIn"),
    "placements/composites": ("Composite", "IsInAccount"),
    "placements/names": ("AlarmJobs", "FilterWork", "IsInAccount", "LogGroupWork"),
    "placements/units": ("AlarmJobs", "AlarmOld", "IsInAccount", "IsNotInAccount"),
    "placements/values": ("AlarmJobs", "IsInEu", "IsInUs"),
    "placements/regions": ("AlarmErrors", "AlarmQueue", "IsIn", "IsNotIn"),
    "path_watch/alarms": ("PathWatchQueue", "PathWatchIncident"),
    "path_watch/channels": ("PathWatchChannel",),
    "path_watch/notifier": ("PathWatchNotifier",),
    "path_watch/watcher": ("PathWatcher",),
    "tracing": ("Sampling", "TraceGroup"),
    "sample/between": ("SampleOrders", "SampleOrderDeadLetters", "SamplePaymentDeadLetters", "SamplePaymentRule"),
    "sample/function": ("SamplePaymentHandler", "SampleWorkload", "LambdaInsights"),
    "sample/some": ("SampleWorkload", "SampleCluster", "SamplePaymentPermission"),
    "slos/hub": ("AlarmCheckoutFastZ1h", "Composite"),
    "slos/members": ("AlarmCheckoutFastZ1h", "AlarmCheckoutSlowZ3d", "Composite"),
    "services": ("Alarm", "Composite", "IsIn", "Service"),
    "sharing": ("Sink", "Link", "IsLinked"),
}
CASES = sorted(path.parent for path in FOLDER.glob("*/*/in.yaml"))
SIDES = ("hub", "member")


def of_concern(template: dict[str, Any], prefixes: tuple[str, ...]) -> dict[str, Any]:
    sections = {}
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        chosen = {key: value for key, value in template.get(name, {}).items() if key.startswith(prefixes)}
        if chosen:
            sections[name] = chosen
    return sections


def prefixes_of(case: Path) -> tuple[str, ...]:
    """A concern's prefixes; a large concern has a case for each part."""
    return CONCERNS.get(f"{case.parent.name}/{case.name}") or CONCERNS[case.parent.name]


def without_digests(text: str) -> str:
    """The package's digest, or what stands inline, changes with every line of a handler: no concern of a template."""
    text = re.sub(r"^( +)(Script|ZipFile): \|-?\n(?:\1 +.*\n|\n)+", r"\1\2: …\n", text, flags=re.MULTILINE)
    lines = text.splitlines(keepends=True)
    return "".join("        S3Key: …\n" if "S3Key:" in line else line for line in lines)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}/{case.name}" for case in CASES])
def test_a_small_spec_becomes_what_was_reviewed(case: Path, update: bool) -> None:
    made = built(spec((case / "in.yaml").read_text(encoding="utf-8")))
    assert made.artifacts, made.findings
    for side in SIDES:
        chosen = of_concern(made.templates["prod"][f"{side}.template.yaml"], prefixes_of(case))
        text = without_digests(yaml_text(chosen)) if chosen else ""
        golden = case / f"{side}.yaml"
        if update and text:
            golden.write_text(text, encoding="utf-8")
        expected = golden.read_text(encoding="utf-8") if golden.exists() else ""
        assert text == expected
        assert len(text.splitlines()) <= MOST_LINES


def test_what_is_one_incident_is_shipped_as_it_was_reviewed(update: bool) -> None:
    case = FOLDER / "incidents" / "routing"
    made = built(spec((case / "spec.yaml").read_text(encoding="utf-8")))
    assert made.artifacts, made.findings
    data = json.loads(routing_json(made.estates["prod"]))
    text = json_rows({name: data[name] for name in ("version", "incidents", "alarms")})
    golden = case / "routing.json"
    if update:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_concern_has_a_golden() -> None:
    assert {case.parent.name for case in CASES} == {concern.split("/")[0] for concern in CONCERNS}
