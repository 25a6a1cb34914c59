"""What a check finds: the content of a finding event, its limits and its form in the table; pure.

A check sends events to the hub's bus, one subject each. Tag compliance runs in a member, and its subjects are resources
of its own account; the event store runs in the hub, and finds something in every account (errors in logs, tasks,
services, agents). An event of AWS that an event rule of the file takes is a finding, too (event_rules.py). The texts
hold what a member's people have written into tags and logs, so they are texts to every channel, never markup, and the
only address is `link`, which leads into AWS's console or is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from handlers.common.event_names import EVENT
from handlers.common.partitions import console
from handlers.common.text_size import cut
from handlers.incident.fields import InvalidField, shown, text_of

# The source of a member's check, and that of the hub's own, whose findings name the account that they are about.
SOURCE, HUB_SOURCE = "obsgen.compliance", "obsgen.events"
# Source to what it may send: detail-type to check.
SOURCES = {
    SOURCE: {"Tag Compliance Finding": "tag-compliance"},
    HUB_SOURCE: {
        "Log Error Finding": "log-error",
        "Lambda Error Finding": "lambda-error",
        "Task Failure Finding": "task-failure",
        "Service Health Finding": "service-health",
        "Error Spike Finding": "error-spike",
        "Agent Finding": "agent",
    },
}
CHECKS = frozenset(check for checks in SOURCES.values() for check in checks.values()) | {EVENT}
VERSION = 1
STATES = ("ALARM", "OK")
# What every channel says of an incident by itself.
RESERVED = frozenset(
    ("Why", "State", "Status", "Severity", "Where", "Location", "Episode", "Owner", "Runbook", "Note", "To do")
)
# Bytes in UTF-8, and facts.
MOST_FACTS, NAME_LIMIT, TITLE_LIMIT, VALUE_LIMIT, ACTION_LIMIT, ALL_LIMIT = 12, 60, 200, 400, 400, 1_500
# Bytes of JSON in an item: a text full of quotation marks and backslashes takes twice its own.
STORED, STORED_CLOSING = 1_700, 900
CONTENT_DIGITS = 8
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/._+=@-]{0,199}")
_AT_LIMIT = 10**13


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of a subject. title: one line. facts: name and value, in reading order. action: what to do;
    link: into the console; both may be empty. adds_to: time of the finding that this one adds to, without anything
    else being wrong; 0 where it adds to none. event: id of the AWS event that says so; empty for a check's.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    action: str = ""
    link: str = ""
    adds_to: int = 0
    event: str = ""

    @property
    def content(self) -> str:
        """Hexadecimal digits that are the same for the same content, and only for that."""
        text = finding_json(replace(self, adds_to=0))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:CONTENT_DIGITS]


def name_of(check: str, subject: str) -> str:
    """What stands in an alarm's place in a key."""
    return f"{check}/{subject}"


def check_of(name: str) -> str:
    """The check that a name in a key belongs to; empty for an alarm's."""
    check, slash, _ = name.partition("/")
    return check if slash and check in CHECKS else ""


def subject_of(name: str) -> str:
    """The subject in a name that `check_of` knows."""
    return name.partition("/")[2]


def read_state(detail: Mapping[str, Any], check: str) -> tuple[str, str, int]:
    """Name, state and time of a finding event. Raises Bad."""
    version, subject, at = detail.get("version"), text_of(detail, "subject"), detail.get("at")
    if type(version) is not int or version != VERSION:
        raise InvalidField(f"version is {shown(version)}, not {VERSION}")
    if detail.get("check") != check:
        raise InvalidField(f"check is {shown(detail.get('check'))}, not {shown(check)}")
    if not _SUBJECT.fullmatch(subject):
        raise InvalidField(f"subject is {shown(subject)}, not up to 200 letters, digits and :/._+=@-")
    state = text_of(detail, "state")
    if state not in STATES:
        raise InvalidField(f"state is {shown(state)}, not one of {', '.join(STATES)}")
    if type(at) is not int or not 0 < at < _AT_LIMIT:
        raise InvalidField(f"at is {shown(at)}, not a time in milliseconds since 1970")
    return name_of(check, subject), state, at


def read_finding(detail: Mapping[str, Any], region: str) -> Finding:
    """The content of a finding event. Raises Bad."""
    title = _one_line(_limited(text_of(detail, "title"), "title", TITLE_LIMIT))
    facts = tuple(_fact(fact) for fact in _facts(detail))
    names = [name for name, _ in facts]
    for name in names:
        if names.count(name) > 1:
            raise InvalidField(f"two facts have the name {shown(name)}")
    action = _one_line(_limited(_optional(detail, "action"), "action", ACTION_LIMIT))
    link = _optional(detail, "link")
    size = sum(map(_bytes, (title, action, link, *(part for fact in facts for part in fact))))
    if size > ALL_LIMIT:
        raise InvalidField(f"title, facts, action and link have {size} bytes together; the limit is {ALL_LIMIT}")
    shown_link = link if _is_console(link, region) else ""
    return fit(Finding(title, facts, action, shown_link, _adds_to(detail)), STORED)


def _adds_to(detail: Mapping[str, Any]) -> int:
    before, at = detail.get("adds_to", 0), detail.get("at", 0)
    if type(before) is not int or not 0 <= before < at:
        raise InvalidField(f"adds_to is {shown(before)}, not a time before {shown(at)}")
    return before


def _facts(detail: Mapping[str, Any]) -> list[Any]:
    facts = detail.get("facts", [])
    if not isinstance(facts, list) or len(facts) > MOST_FACTS:
        raise InvalidField(f"facts is not a list of at most {MOST_FACTS}")
    return facts


def _fact(data: Any) -> tuple[str, str]:
    if not isinstance(data, list) or len(data) != 2 or not all(isinstance(part, str) for part in data):
        raise InvalidField(f"a fact is {shown(data)}, not a name and a value")
    name, value = _one_line(data[0]), data[1]
    if not name or _bytes(name) > NAME_LIMIT or name in RESERVED:
        raise InvalidField(f"the fact name {shown(name)} is reserved, empty or too long")
    return name, _one_line(_limited(value, f"the fact {shown(name)}", VALUE_LIMIT))


def _optional(detail: Mapping[str, Any], name: str) -> str:
    value = detail.get(name, "")
    if not isinstance(value, str):
        raise InvalidField(f"{name} is {shown(value)}, not a string")
    return value


def _limited(text: str, what: str, limit: int) -> str:
    size = _bytes(text)
    if size > limit:
        raise InvalidField(f"{what} has {size} bytes; the limit is {limit}")
    return text


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _one_line(text: str) -> str:
    """A fact that ends its line could begin another in somebody else's name."""
    return " ".join(text.split())


def _is_console(link: str, region: str) -> bool:
    """Whether a link leads into the console of the finding's own Region; what does not is left out."""
    root = console(region)
    return bool(root) and link.startswith(f"{root}/")


def closing_content(finding: Finding) -> Finding:
    """What is kept of the content of an OK: there is nothing left to do about it."""
    return fit(Finding(finding.title, finding.facts, event=finding.event), STORED_CLOSING)


def fit(finding: Finding, limit: int) -> Finding:
    """With its texts cut as far as its form in the table takes more than so many bytes."""
    for length in (400, 200, 100, 50, 25):
        if _bytes(finding_json(finding)) <= limit:
            break
        facts = tuple((name, cut(value, length)) for name, value in finding.facts)
        title, action = cut(finding.title, max(length, 100)), cut(finding.action, length)
        finding = replace(finding, title=title, facts=facts, action=action)
    return finding


def finding_json(finding: Finding) -> str:
    """As JSON; without `adds_to` where it adds to none, and `event` where it is a check's."""
    data = asdict(finding)
    for name in ("adds_to", "event"):
        if not data[name]:
            del data[name]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def finding_of(data: Mapping[str, Any]) -> Finding:
    """From the parsed JSON of `dumped`."""
    facts = tuple((name, value) for name, value in data["facts"])
    return Finding(data["title"], facts, data["action"], data["link"], data.get("adds_to", 0), data.get("event", ""))
