"""Systems Manager OpsCenter: one OpsItem for each incident.

https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-working-deduplication.html: while an OpsItem with
the same deduplication string is open, CreateOpsItem makes no second one and names the first in its error. So a create
that may have succeeded is simply repeated.
"""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.message.report import Report, Step, clip, is_address
from handlers.incident.sinks.sink import Advance, Attempt, Tools, plain_report
from handlers.incident.vendors.aws_call import AwsSinkError, call

logger = logging.getLogger(__name__)
TITLE_LIMIT, DESCRIPTION_LIMIT = 1024, 2048
SEVERITY = {"critical": "1", "high": "2", "medium": "3", "low": "4"}
WHO = "OpsCenter"
THERE_ALREADY = "OpsItemAlreadyExistsException"
GONE = "OpsItemNotFoundException"
# For these no OpsItem is made where there is none.
QUIET = (Step.RESOLVE, Step.ADDED, Step.UPDATED)


# What leaves the status as it is.
ADDS = (Step.ADDED, Step.UPDATED)


class Sink:
    """Opens, reopens and resolves."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = False
    omits: ClassVar[frozenset[Step]] = frozenset({Step.REMINDER})

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:  # noqa: ARG002
        """Create the OpsItem, or move it to where the incident stands."""
        ref = attempt.reference
        if report.step in (Step.NOTICE, Step.EVIDENCE):
            return Advance(ref)
        if attempt.plain:
            report = plain_report(report)
        if ref is None:
            return Advance(self._create(report) if report.step not in QUIET else None)
        try:
            self._update(report, ref)
        except AwsSinkError as error:
            if error.code != GONE:
                raise
            logger.info("the OpsItem no longer exists", extra={"reference": ref, "incident": report.episode})
            return Advance(None, finished=report.step in QUIET)
        return Advance(ref)

    def _create(self, report: Report) -> str:
        try:
            answer = call(
                WHO,
                self.tools.client("ssm").create_ops_item,
                Title=title(report),
                Description=description(report),
                Source="obsgen",
                Severity=SEVERITY.get(report.severity, "2"),
                Category="Security" if report.finding and not report.finding.event else "Availability",
                OperationalData={**data(report), "/aws/dedup": _searchable(json.dumps({"dedupString": report.label}))},
            )
        except AwsSinkError as error:
            known = error.answer.get("OpsItemId")
            if error.code == THERE_ALREADY and known:
                return str(known)
            raise
        return str(answer["OpsItemId"])

    def _update(self, report: Report, ref: str) -> None:
        call(
            WHO,
            self.tools.client("ssm").update_ops_item,
            OpsItemId=ref,
            # Who has resolved it by hand is not contradicted by what is only added.
            **({} if report.step in ADDS else {"Status": "Resolved" if report.step is Step.RESOLVE else "Open"}),
            OperationalData=data(report),
            # What a finding says now, or of which alarms it is; an alarm's title stays as it was opened.
            **({"Title": title(report), "Description": description(report)} if _changes(report) else {}),
            **({"Severity": SEVERITY[report.severity]} if report.is_of_several else {}),
        )


def _changes(report: Report) -> bool:
    return report.finding is not None or report.is_of_several


def title(report: Report) -> str:
    """One line."""
    kind = report.kind if report.finding or report.kind_of_incident == "storm" else "CloudWatch Alarm"
    return f"{kind}: {report.title_within(TITLE_LIMIT - len(kind) - 2)}"


def description(report: Report) -> str:
    """What it is and the facts, and of the links and the alarms those that fit whole."""
    lead = [report.lead, ""] if report.lead else []
    text = "\n".join([*lead, *(f"{name}: {value}" for name, value in report.facts)])
    for label, url in report.links:
        if not is_address(url):
            continue
        longer = f"{text}\n{label}: {url}"
        text = longer if len(longer) <= DESCRIPTION_LIMIT else text
    return clip(f"{text}{_members(report, DESCRIPTION_LIMIT - len(text))}", DESCRIPTION_LIMIT)


def _members(report: Report, room: int) -> str:
    """As many lines as fit, below an empty one, and how many there are besides."""
    if not report.is_of_several:
        return ""
    room -= len(f"\n\nand {report.total} more")
    text, listed = "\n", 0
    for member in report.members:
        line = f"\n{member.text}"
        room -= len(line)
        if room < 0:
            break
        text, listed = f"{text}{line}", listed + 1
    more = report.total - listed
    return f"{text}\nand {more} more" if more > 0 else text


def data(report: Report) -> dict[str, Any]:
    """Operational data; an update replaces the keys it names and leaves the others."""
    return {
        "episode": _searchable(report.episode),
        "alarm": _searchable(report.alarm),
        "account": _searchable(report.account),
        "state": _searchable(f"{report.state} since {report.at}"),
        "count": _searchable(str(report.count)),
    }


def _searchable(value: str) -> dict[str, str]:
    return {"Value": value, "Type": "SearchableString"}
