"""ServiceNow: one record of the incident table for each incident.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html. The reference is the record's number.

    open      [search, while it is unsure]  create
    others    look  change

A change is one call: work note, state, and texts that are brought up to date. It writes down in `correlation_display`
which step it was, so that one look at the record tells whether an earlier attempt took effect. The look also says in
which state people have put it: what they work on stays where it is, what they resolved is opened again, and what is
closed for good gets a record of its own when the alarm is in ALARM again.

Creating a record is not repeatable, so it carries the incident as `correlation_id`, and an attempt that may have
succeeded is followed by two searches, two minutes apart, before the next: a request may take effect after its answer
was given up. Should there be two records all the same, every later search finds them, and the younger ones are resolved
with a note about the oldest.

A query of which ServiceNow does not understand a part is answered as if that part were not there, with records of
others; so what a search returns is compared with what it was for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.message.report import Report, Step
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed, Tools, of_channel, plain_report
from handlers.incident.vendors import servicenow_text
from handlers.incident.vendors.servicenow_api import NeedsToken, RecordNotFound, ServiceNowApi

logger = logging.getLogger(__name__)
# https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0564465
NEW, RESOLVED, CLOSED, CANCELED = "1", "6", "7", "8"
FINAL = (CLOSED, CANCELED)
STATES = {NEW: "New", "2": "In Progress", "3": "On Hold", RESOLVED: "Resolved", CLOSED: "Closed", CANCELED: "Canceled"}
# The steps after which the record is open.
AGAIN = (Step.OPEN, Step.REPEAT, Step.CHANGED)
# 1 is high, 3 low; ServiceNow works out the priority from both, by its table of priority lookup rules: 1 to 5 here.
IMPACT = {"critical": "1", "high": "2", "medium": "2", "low": "3"}
URGENCY = {"critical": "1", "high": "1", "medium": "2", "low": "3"}
CLOSE_CODE = "Solution provided"
MOST_RECORDS = 10
# A search that finds nothing is repeated after this long, in seconds; only then is it believed.
SEARCH_AGAIN_SECONDS = 120
BELIEVED_MS = 180_000
# What a look found is not acted upon after this long, in milliseconds: people work on the record meanwhile.
LOOK_HOLDS_MS = 30_000


class Sink:
    """Opens, adds to, reopens and resolves."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Make the next call towards a record that says how the incident stands."""
        api = ServiceNowApi(self.channel, self.tools, deadline)
        try:
            sent_report = plain_report(report) if attempt.plain else report
            return _Step(api, self.channel.settings, sent_report, attempt).advance()
        except NeedsToken:
            api.fetch_token()
            return Advance(attempt.reference, finished=False, progress=attempt.progress)
        except SinkFailed as failure:
            raise of_channel(failure, plain=attempt.plain) from None


class _Step:
    """One call of one step. progress: `sys_id` and `state` as the look found them, and when that was (`looked_at`);
    `searched`; `younger`: the sys_ids of records that are one too many.
    """

    def __init__(self, api: ServiceNowApi, settings: Mapping[str, Any], report: Report, attempt: Attempt) -> None:
        self.api, self.settings = api, settings
        self.report, self.attempt = report, attempt
        self.mark = f"obsgen {report.step} {attempt.begun_for}"
        # What was looked up before an attempt became unsure says nothing about what it did.
        self.unsure_progress = {"unsure": str(attempt.unsure_since)} if attempt.unsure else {}
        progress = dict(attempt.progress)
        if attempt.unsure and progress.get("unsure") != str(attempt.unsure_since):
            progress = {name: value for name, value in progress.items() if name == "younger"}
        self.progress = progress

    def advance(self) -> Advance:
        """Make it."""
        reference, is_again = self.attempt.reference, self.report.step in AGAIN
        if reference is None:
            # What may have been created is looked for even where all that is left to do is to resolve it.
            if self.attempt.unsure and "searched" not in self.progress and (is_again or self._resolves):
                return self._search()
            return self._create() if is_again else Advance(None)
        try:
            if self.progress.get("younger"):
                return self._resolve_younger(reference)
            return self._change(reference) if self._has_looked else self._read_record(reference)
        except RecordNotFound:
            if is_again:
                return Advance(None, finished=False)
            logger.info("the record no longer exists", extra={"reference": reference, "incident": self.report.episode})
            return Advance(reference)

    @property
    def _resolves(self) -> bool:
        return self.report.step is Step.RESOLVE and bool(self.settings.get("resolve_on_ok"))

    @property
    def _has_looked(self) -> bool:
        age_ms = self._now() - int(self.progress.get("looked_at", 0))
        return "sys_id" in self.progress and age_ms < LOOK_HOLDS_MS

    def _now(self) -> int:
        return int(self.api.tools.now() * 1000)

    def _create(self) -> Advance:
        group, category = self.settings.get("assignment_group"), self.settings.get("category")
        data = {
            **{str(name): str(value) for name, value in (self.settings.get("fields") or {}).items()},
            **({"assignment_group": str(group)} if group else {}),
            **({"category": str(category)} if category else {}),
            **self._levels(),
            **self._texts(),
            "correlation_id": self.report.label,
            "correlation_display": self.mark,
        }
        record = self.api.create(data)
        if record["correlation_id"] != self.report.label:
            logger.warning("correlation_id was not stored", extra={"reference": record["number"]})
        return Advance(record["number"])

    def _levels(self) -> dict[str, str]:
        """Impact and urgency of the severity."""
        severity = self.report.severity
        impact, urgency = self.settings.get("impact") or {}, self.settings.get("urgency") or {}
        return {
            "impact": str(impact.get(severity) or IMPACT.get(severity, "2")),
            "urgency": str(urgency.get(severity) or URGENCY.get(severity, "2")),
        }

    def _texts(self) -> dict[str, str]:
        return {
            "short_description": servicenow_text.title(self.report),
            "description": servicenow_text.description(self.report),
        }

    def _search(self) -> Advance:
        """The records that earlier attempts made, found by their correlation_id."""
        label = self.report.label
        records = [r for r in self.api.search(f"correlation_id={label}", MOST_RECORDS) if r["correlation_id"] == label]
        records = [record for record in records if record["state"] not in FINAL]
        if records:
            first, *rest = records
            younger = " ".join(record["sys_id"] for record in rest if record["state"] != RESOLVED)
            is_opened = self.report.step is Step.OPEN and not younger
            return self._on(first["number"], finished=is_opened, **({"younger": younger} if younger else {}))
        if self.attempt.unsure_ms < BELIEVED_MS:
            raise SinkFailed(
                "ServiceNow did not confirm that it created the incident, and a search does not find it yet",
                retry_after=SEARCH_AGAIN_SECONDS,
                blame=Blame.DELIVERY,
            )
        return self._on(None, searched="1")

    def _read_record(self, reference: str) -> Advance:
        """Which record it is, in which state, and whether an earlier attempt at this step took effect."""
        matching = [r for r in self.api.search(f"number={reference}", MOST_RECORDS) if r["number"] == reference]
        if not matching:
            raise RecordNotFound
        record = matching[0]
        state = record["state"]
        if self.attempt.unsure and record["correlation_display"] == self.mark:
            return Advance(reference)
        if state in FINAL:
            # Nobody but an administrator may write to it.
            raise RecordNotFound
        if self.report.step is Step.REMINDER and "ticket" in self.attempt.acknowledge and state != NEW:
            return Advance(reference, acknowledged_by=f"{reference} is {STATES.get(state, 'in another state')}")
        return self._on(reference, sys_id=record["sys_id"], state=state, looked_at=str(self._now()))

    def _change(self, reference: str) -> Advance:
        step, state = self.report.step, self.progress["state"]
        data = {"correlation_display": self.mark}
        if step is Step.UPDATED or (self.report.is_of_several and step in (Step.REPEAT, Step.RESOLVE)):
            data |= self._texts()
        if self.report.is_worse:
            data |= self._levels()
        if step is not Step.UPDATED:
            data["work_notes"] = servicenow_text.work_note(self.report)
        new_state = ""
        if step in AGAIN and state == RESOLVED:
            new_state = NEW
        if self._resolves and state != RESOLVED:
            new_state = RESOLVED
            data |= self._resolution(servicenow_text.close_notes(self.report))
        if new_state:
            data["state"] = new_state
        record = self.api.update(self.progress["sys_id"], data)
        if new_state and record["state"] != new_state:
            # A field that the user may not write is left out without a word; the note has to do.
            logger.warning("the state did not change", extra={"reference": reference, "state": record["state"]})
        return Advance(reference)

    def _resolution(self, notes: str) -> dict[str, str]:
        return {"close_code": str(self.settings.get("close_code") or CLOSE_CODE), "close_notes": notes}

    def _resolve_younger(self, reference: str) -> Advance:
        """Of several records for one incident all but the oldest are resolved, with the number of the oldest."""
        sys_id, _, rest = self.progress["younger"].partition(" ")
        text = servicenow_text.duplicate(reference)
        try:
            self.api.update(sys_id, {"work_notes": text, "state": RESOLVED, **self._resolution(text)})
        except RecordNotFound:
            logger.info("the duplicate no longer exists", extra={"reference": sys_id, "incident": self.report.episode})
        return self._on(reference, finished=self.report.step is Step.OPEN and not rest, younger=rest)

    def _on(self, reference: str | None, *, finished: bool = False, **more: str) -> Advance:
        return Advance(reference, finished, {**self.progress, **self.unsure_progress, **more})
