"""Finding events as a member's checker puts them on the bus, and what the hub's table says of the check."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from handlers.incident.events import Change, Key, read
from handlers.incident.finding import closing_content
from handlers.incident.message.compose import report
from handlers.incident.message.report import Report, Step
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind

MEMBER, REGION, SUBJECT = "222222222222", "us-east-1", "i-0abc12345def67890"
KEY = Key(MEMBER, REGION, f"tag-compliance/{SUBJECT}")
T0 = 1_795_168_800_000
LINK = f"https://{REGION}.console.aws.amazon.com/ec2/home?region={REGION}#ManageInstanceTags:instanceId={SUBJECT}"
CONTENT: dict[str, Any] = {
    "title": f"2 tags are missing or wrong on {SUBJECT} (web-1)",
    "facts": [
        ["Instance", f"{SUBJECT} (web-1)"],
        ["Account", "checkout (222222222222)"],
        ["Region", REGION],
        ["Missing", "Owner"],
        ["Invalid", "Environment `prd` is not one of dev, staging, prod"],
        ["Tags", "Name=web-1, Environment=prd, Doc=https://wiki.example/x"],
    ],
    "action": "aws ec2 create-tags --resources i-0abc12345def67890 --tags Key=Owner,Value=VALUE",
    "link": LINK,
}
OTHER = {**CONTENT, "title": f"1 tag is missing or wrong on {SUBJECT} (web-1)"}
FIXED: dict[str, Any] = {
    "title": f"All required tags are set on {SUBJECT} (web-1)",
    "facts": [["Instance", f"{SUBJECT} (web-1)"], ["Tags", "Name=web-1, Owner=anna"]],
    "action": "",
    "link": LINK,
}
CHECK = {"severity": "low", "owner": "cloud-team", "runbook": "https://runbooks.example.com/tags"}
TABLE: dict[str, Any] = {
    "project": "shop",
    "environment": "prod",
    "reopen_within": 1800,
    "accounts": {MEMBER: "checkout", "333333333333": "ledger"},
    "accounts_closed": True,
    "hub": {"account": "123456789012", "region": REGION},
    "dashboard": "overview-prod",
    "routes": {"high": ["pager"], "low": ["jira", "slack"]},
    "channels": {"jira": {"type": "jira"}, "slack": {"type": "slack"}, "pager": {"type": "pagerduty"}},
    "alarms": {"errors-alarm-prod": {"severity": "high"}},
    "findings": {"tag-compliance": {**CHECK, "severity_by_account": {"333333333333": "high"}}},
}


def event(state: str, at: int = T0, content: dict[str, Any] = CONTENT, /, **changed: Any) -> str:
    """An event as EventBridge delivers it. changed: fields of the detail, or of the envelope in `envelope`."""
    envelope = {"account": MEMBER, "region": "eu-central-1", **changed.pop("envelope", {})}
    detail = {
        **{"version": 1, "environment": "prod", "check": "tag-compliance", "subject": SUBJECT, "region": REGION},
        **{"state": state, "at": at, **content, **changed},
    }
    head = {"source": "obsgen.compliance", "detail-type": "Tag Compliance Finding"}
    return json.dumps({**head, **envelope, "detail": detail})


def change(state: str, at: int, content: dict[str, Any] = CONTENT) -> Change:
    """What such an event means."""
    meaning = read(event(state, at, content))
    assert isinstance(meaning, Change)
    return meaning


def finding_report(step: Step, content: dict[str, Any] = CONTENT) -> Report:
    """What a channel is asked to say in a step."""
    found, fixed = change("ALARM", T0, content).finding, change("OK", T0, FIXED).finding
    assert found
    assert fixed
    at = T0 if step is Step.OPEN else T0 + 60_000
    incident = Incident("0123456789abcdef", KEY, Kind.ALONE, "low", T0, "ALARM", T0, at)
    incident = replace(incident, finding=found, content=found.content, again_at=T0)
    if step is Step.REPEAT:
        incident = replace(incident, alarm_count=2)
    if step is Step.RESOLVE:
        incident = replace(incident, ended=T0 + 120_000, state="OK", closing=closing_content(fixed))
    return report(incident, step, Routing(TABLE))
