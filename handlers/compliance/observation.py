"""What follows from an observation of a resource: what is remembered, and what people are owed; pure.

An observation counts where it is newer than what is remembered; its time is the one before the call that made it. So
observations may come in any order and more than once. People are owed the difference between the finding that they
have, or are about to get, and what is true now. Where an owed finding is replaced before it is known to be sent, its
successor has a later `at`: whoever receives both keeps the later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from handlers.compliance import launcher as launchers
from handlers.compliance.ledger import SUMMARY, Key, PendingFinding, State, Status, StoredResource
from handlers.compliance.resource import EC2_INSTANCE

CHECK = "tag-compliance"
# In the body: who launched the instance, once that is known. It stays, whatever is observed later.
LAUNCHER = "launcher"
# What the hub takes as a subject.
SUBJECT_LIMIT = 200
_OTHER = re.compile(r"[^A-Za-z0-9:/._+=@-]")


class New(StrEnum):
    """What is done about a resource that became non-compliant.

    EACH: a finding of its own. SUMMARY: the summary tells it. HOLD: nothing yet; it is pending until a scan decides.
    """

    EACH = "each"
    SUMMARY = "summary"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Observation:
    """A resource as it was found. content: title, facts, action and link of the finding that tells it.

    fingerprint: see Verdict; empty unless the status is NON_COMPLIANT. event_at: the time of the state change, and
    tag_version: the version of the tags, that led to it; 0 for none. seen: the scan that listed it; 0 for none.
    """

    key: Key
    observed_at: int
    status: Status
    fingerprint: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    event_at: int = 0
    tag_version: int = 0
    seen: int = 0


def apply_observation(
    remembered: StoredResource | None, observation: Observation, environment: str, new: New
) -> StoredResource:
    """What is remembered after the observation, in the version that was read; `save` makes it the next one.

    An update and an OK are owed whatever `new` says: only a first finding may be put off.
    """
    before = remembered or StoredResource(*observation.key)
    counted = replace(
        before,
        event_at=max(before.event_at, observation.event_at),
        tag_version=max(before.tag_version, observation.tag_version),
        seen=max(before.seen, observation.seen),
    )
    if remembered and observation.observed_at <= before.observed_at:
        return counted
    is_open = observation.status is Status.NON_COMPLIANT
    launcher = before.body.get(LAUNCHER, "")
    after = replace(
        counted,
        observed_at=observation.observed_at,
        status=observation.status,
        fingerprint=observation.fingerprint if is_open else "",
        body={**observation.body, LAUNCHER: launcher} if launcher else observation.body,
        content=launchers.with_launcher(observation.content, launcher) if is_open else {},
        in_summary=before.in_summary and is_open,
    )
    if not is_open:
        return _closed(after, observation.content, environment)
    if not after.is_pending or _is_first(after) and new is New.HOLD:
        return after
    if _is_first(after) and new is New.SUMMARY:
        return replace(after, in_summary=True)
    return owe(after, environment)


def owe(remembered: StoredResource, environment: str) -> StoredResource:
    """A pending resource with its finding owed; anything else as it is."""
    if not remembered.is_pending:
        return remembered
    return _owing(remembered, State.ALARM, remembered.content, environment)


def put_in_summary(remembered: StoredResource) -> StoredResource:
    """A pending resource as one that the summary tells; where it has a finding of its own already, as it is."""
    if not remembered.is_pending or not _is_first(remembered):
        return remembered
    return replace(remembered, in_summary=True)


def lacks_launcher(remembered: StoredResource) -> bool:
    """Whether people have, or are about to get, a finding of this instance alone that does not say who launched it."""
    is_alone = remembered.is_open and not remembered.in_summary and not remembered.is_pending
    return is_alone and remembered.type == EC2_INSTANCE and LAUNCHER not in remembered.body


def with_launcher(remembered: StoredResource, launcher: str, observed_at: int, environment: str) -> StoredResource:
    """What `lacks_launcher` with who that was, and the finding owed anew, to be an update of the one that people have.

    observed_at: of a look that showed the faults that are remembered.
    """
    after = replace(
        remembered,
        observed_at=max(remembered.observed_at, observed_at),
        body={**remembered.body, LAUNCHER: launcher},
        content=launchers.with_launcher(remembered.content, launcher),
    )
    # The hub tells it as what is added, which pages nobody and reopens no ticket.
    adds_to = {"adds_to": remembered.latest.at} if remembered.latest else {}
    return _owing(after, State.ALARM, {**after.content, **adds_to}, environment)


def mark_sent(remembered: StoredResource, owed: PendingFinding) -> StoredResource:
    """What is remembered once a finding was sent; something else may be owed by now."""
    notified = remembered.told
    if notified is None or notified.at < owed.at:
        notified = owed.as_sent
    is_owed_still = remembered.owed is not None and remembered.owed.at > owed.at
    return replace(remembered, told=notified, owed=remembered.owed if is_owed_still else None)


def is_counted(before: StoredResource | None, after: StoredResource) -> bool:
    """Whether a change was counted now, so that the metrics count it, too: once each."""
    known = (before.event_at, before.tag_version) if before else (0, 0)
    return (after.event_at, after.tag_version) != known


def is_worth_saving(before: StoredResource | None, after: StoredResource) -> bool:
    """Whether a scan has to write it: not where nothing was wrong, nothing is, and nothing else has changed."""
    if before is None:
        return after.is_open
    if after.is_open:
        return after != before
    return replace(after, observed_at=before.observed_at, seen=before.seen) != before


def subject(key: Key) -> str:
    """What the finding is about, in the words of the hub: an instance's id, or type and id."""
    if key.type == EC2_INSTANCE:
        return key.id
    if key == SUMMARY:
        return SUMMARY.id
    text = _OTHER.sub("_", f"{key.type}/{key.id}")
    if len(text) <= SUBJECT_LIMIT and text == f"{key.type}/{key.id}":
        return text
    # Two ids may not become one subject.
    digest = hashlib.sha256(key.id.encode("utf-8", "replace")).hexdigest()[:12]
    return f"{text[: SUBJECT_LIMIT - 13]}_{digest}"


def _is_first(remembered: StoredResource) -> bool:
    """Whether the next ALARM opens something, instead of updating it."""
    return remembered.latest is None or remembered.latest.state is State.OK


def _closed(after: StoredResource, content: Mapping[str, Any], environment: str) -> StoredResource:
    """What was open is told to be over. There are no words for it where it was opened since the row was read."""
    if _is_first(after):
        return after
    words = content or {"title": f"All required tags are set on {after.id}"}
    return _owing(after, State.OK, words, environment)


def _owing(remembered: StoredResource, state: State, content: Mapping[str, Any], environment: str) -> StoredResource:
    latest = remembered.latest
    at = max(remembered.observed_at, latest.at + 1 if latest else 0)
    detail = {
        "version": 1,
        "environment": environment,
        "check": CHECK,
        "subject": subject(remembered.key),
        "state": str(state),
        "at": at,
        **content,
    }
    return replace(remembered, owed=PendingFinding(at, state, remembered.fingerprint, detail))
