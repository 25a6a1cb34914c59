"""What a raw event of AWS means by the event rule that took it: a state change of the rule's subject; pure.

The hub's rules wrap the event and say which rule of the file took it, and whether it begins or ends something; the
routing table says what of the event is its subject, its title and its facts. Both are a finding's from there on: texts
are people's of the member, and are text to every channel.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

from handlers.common.event_names import event_name
from handlers.common.text_size import cut
from handlers.incident.event_links import link_of
from handlers.incident.event_paths import MISSING, has_all, one_line, rendered, value_at
from handlers.incident.events import Change, Key, RuleEvent
from handlers.incident.finding import (
    ACTION_LIMIT,
    MOST_FACTS,
    NAME_LIMIT,
    RESERVED,
    STORED,
    TITLE_LIMIT,
    VALUE_LIMIT,
    Finding,
    fit,
)
from handlers.incident.routing import Routing
from handlers.incident.routing_table import EventRuleEntry

# What messages say of events by themselves, beside what they say of every finding.
EVENTS, AWS_EVENT, MEANING = "Events", "AWS event", "Meaning"
SUBJECT_LIMIT, DIGITS = 120, 16
# The second of two slashes, too: a name is shown as it is, and none is to be an address.
_UNFIT = re.compile(r"[^A-Za-z0-9:/._+=@-]|(?<=/)/")
SECOND_MS = 1_000


def change_of(message: RuleEvent, routing: Routing) -> Change:
    """The state change that an event means. Of a rule that the build does not know it has the key under which it is
    parked, and says no more than which rule that was.
    """
    entry = routing.event_rule(message.rule)
    if entry is None:
        return _change(message, message.key, Finding(f"Event of rule {message.rule}", event=message.id), routing)
    message = about_its_account(message, entry, routing)
    paths = entry.get("end_subject", entry["subject"]) if message.is_end else entry["subject"]
    subject = subject_in(message, paths)
    key = Key(message.key.account, message.key.region, event_name(message.rule, subject))
    return _change(message, key, _finding(message, entry), routing)


def about_its_account(message: RuleEvent, entry: EventRuleEntry, routing: Routing) -> RuleEvent:
    """The event in the account that it is about, where the rule says where that stands and the file has the account.

    Of a finding of a member GuardDuty, Inspector and Security Hub send an event there and one to their administrator.
    So both are the same: they have one key, and as their id digits of what they say. AWS alone sends events of `aws.`,
    but for those of partners, whose sources begin with `aws.partner/`.
    https://docs.aws.amazon.com/inspector/latest/user/findings-managing-automating-responses.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas.html
    """
    path = entry.get("account_from")
    account = value_at(message.event, path) if path else None
    source = str(message.event.get("source"))
    is_of_aws = source.startswith("aws.") and not source.startswith("aws.partner")
    if not account or not is_of_aws or not routing.names(account):
        return message
    content_id = _digits(json.dumps(message.event.get("detail"), sort_keys=True))
    return replace(message, key=replace(message.key, account=account), id=content_id)


def _change(message: RuleEvent, key: Key, finding: Finding, routing: Routing) -> Change:
    state = "OK" if message.is_end else "ALARM"
    return Change(key, state, order_at(message), finding=finding, environment=routing.environment)


def order_at(message: RuleEvent) -> int:
    """The time of the event, which EventBridge gives in seconds, with a place in that second.

    Two events of one second are two, and have an order that is the same for whoever sees them; and of one second what
    begins is later than what ends, as with alarms: rather an incident too long open than one that nobody hears of.
    """
    half = SECOND_MS // 2
    place = int(_digits(message.id), 16) % half
    return message.at // SECOND_MS * SECOND_MS + place + (0 if message.is_end else half)


def subject_in(message: RuleEvent, paths: list[str]) -> str:
    """The subject of an event, fit for a key: bounded, and others where the values are others."""
    values = [value_at(message.event, path) or MISSING for path in paths]
    whole = "/".join(values) or "all"
    is_ambiguous = len(values) > 1 and any("/" in value for value in values)
    fit_ = _UNFIT.sub("_", whole)
    if not fit_[0].isalnum():
        fit_ = f"x{fit_}"
    if fit_ == whole and len(whole) <= SUBJECT_LIMIT and not is_ambiguous:
        return whole
    return f"{fit_[:1]}{fit_[1:][-(SUBJECT_LIMIT - DIGITS - 2) :]}-{_digits(json.dumps(values))}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:DIGITS]


def _finding(message: RuleEvent, entry: EventRuleEntry) -> Finding:
    event = message.event
    title = rendered(entry["title"], event) or one_line(entry.get("summary", "")) or f"Event of rule {message.rule}"
    if message.is_end and not has_all(entry["title"], event):
        title = ""  # It is said by the title of its beginning.
    action = rendered(entry.get("action", ""), event) or ""
    return fit(
        Finding(
            cut(title, TITLE_LIMIT),
            _facts(message, entry),
            cut(action, ACTION_LIMIT),
            link_of(event, message.key.region),
            event=message.id,
        ),
        STORED,
    )


def _facts(message: RuleEvent, entry: EventRuleEntry) -> tuple[tuple[str, str], ...]:
    """The rule's own, then what it is about and which event that was."""
    pairs = [(name, rendered(template, message.event)) for name, template in entry.get("facts", [])]
    pairs = pairs[: MOST_FACTS - 2]
    detail_type, source = (value_at(message.event, path) or MISSING for path in ("$['detail-type']", "$.source"))
    pairs += [(MEANING, one_line(entry.get("summary", ""))), (AWS_EVENT, f"{detail_type} ({source}), {message.id}")]
    facts: dict[str, str] = {}
    for name, value in pairs:
        label = cut(one_line(name), NAME_LIMIT)
        if value and label and label not in RESERVED | {EVENTS} and label not in facts:
            facts[label] = cut(value, VALUE_LIMIT)
    return tuple(facts.items())
