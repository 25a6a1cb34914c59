"""The grouping of alarms into incidents, in sentences: of the data of an estate.json, for `diff`, or of an estate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.model.estate import Estate
from generator.model.routing import PAGER_TYPES, STATUS_TYPES
from generator.render.estate_json import plain
from generator.wording import duration_in_words, list_in_words

Data = Mapping[str, Any]
# Keys of the section that `explain` accepts although the file does not set them.
POLICY_KEYS = ("group", "storm", "flapping", "remind", "acknowledge", "escalate", "quiet")
_WAYS = {
    "ticket": "the ticket is transitioned",
    "reaction": "the chat message gets the reaction 👀",
    "command": "`obsgen ack` is run",
}


def policy_of(estate: Estate) -> Data:
    """The section of an estate, without what none of its channels can do."""
    channels = estate.channels
    can = {
        "ticket": any(channel.type in STATUS_TYPES for channel in channels),
        "reaction": any(channel.type == "slack" and dict(channel.settings).get("channel") for channel in channels),
        "command": True,
    }
    section = plain(estate.incidents)
    ways = [method for method in section["acknowledge"] if can[method]]
    return {**section, "acknowledge": ways, "pagers": any(channel.type in PAGER_TYPES for channel in channels)}


def policy_in_words(incidents: Data) -> Iterator[tuple[str, str]]:
    """A heading and a sentence for each part of the section `incidents`."""
    yield from ((heading, sentence) for _, heading, sentence in policy_by_key(incidents))


def policy_by_key(incidents: Data) -> Iterator[tuple[str, str, str]]:
    """The same with the key of the section that it is about."""
    group = incidents["group"]
    yield "group", "One cause, one incident", _grouping(group)
    yield "group", "The first message", waits(group)
    yield "group", "Updates", updates(group)
    yield "storm", "A storm", storm(incidents["storm"])
    yield "flapping", "Flapping", flapping(incidents["flapping"])
    pagers = incidents.get("pagers", True)
    yield "remind", "Reminders", reminders(incidents["remind"], pagers=pagers)
    yield "acknowledge", "Acknowledged", acknowledged(incidents["acknowledge"])
    yield "escalate", "Escalation", escalations(incidents["escalate"], pagers=pagers)
    if incidents.get("quiet"):
        yield "quiet", "Quiet hours", quiet_hours(incidents["quiet"])


def policy_differences(was: Data, now: Data) -> Iterator[str]:
    """The changes of the section; all of it where there was none before."""
    old = dict(policy_in_words(was)) if "group" in was else {}
    for heading, sentence in policy_in_words(now):
        if not old:
            yield f"{heading.lower()}: {sentence}"
        elif old.get(heading) != sentence:
            yield f"{heading.lower()}: {sentence} (was: {old.get(heading, 'none')})"
    removed = set(old) - {heading for heading, _ in policy_in_words(now)}
    yield from (f"{heading.lower()}: none any more (was: {old[heading]})" for heading in sorted(removed))


def _grouping(group: Data) -> str:
    by = in_common(group["by"])
    own = f" or {by}" if by else ""
    return (
        f"alarms of one composite, of one objective{own} are one incident;"
        f" it takes further alarms for {duration_in_words(group['collect'])}"
    )


def in_common(by: Sequence[str]) -> str:
    """`of one service in one account`, `in one account`; nothing where alarms are not grouped."""
    attributes = [name for name in by if name not in ("account", "region")]
    places = [name for name in by if name in ("account", "region")]
    of = f"of {' and '.join(f'one {name}' for name in attributes)}" if attributes else ""
    where = " and ".join("one Region" if name == "region" else f"one {name}" for name in places)
    return " ".join(part for part in (of, f"in {where}" if where else "") if part)


def waits(group: Data) -> str:
    """The wait of first messages, by severity."""
    at_once = [severity for severity, seconds in group["wait"] if not seconds]
    later: dict[int, list[str]] = {}
    for severity, seconds in group["wait"]:
        if seconds:
            later.setdefault(seconds, []).append(severity)
    words = [f"{list_in_words(at_once)} at once"] if at_once else []
    words += [f"{list_in_words(names)} after {duration_in_words(seconds)}" for seconds, names in sorted(later.items())]
    return ", ".join(words) + "; an alarm that has nothing to be grouped by never waits"


def updates(group: Data) -> str:
    """The interval of messages about changed members."""
    return f"updates of an incident are at least {duration_in_words(group['update_every'])} apart"


def storm(storm: Data | None) -> str:
    """When alarms are a storm, and what becomes of them."""
    if storm is None:
        return "there are no storms: each cause is an incident, however many there are"
    own = storm["own_pages"]
    pages = (
        f"the first {own} critical alarms page by themselves all the same" if own else "none of them pages by itself"
    )
    return (
        f"more than {storm['above']} new incidents in a minute in the environment, or {storm['account']} in one"
        f" account, become one incident of severity {storm['severity']}; {pages}. It is over after"
        f" {duration_in_words(storm['calm'])} in which few alarms join it; if {storm['split']} alarms or fewer are not"
        " OK then, they get incidents of their own"
    )


def flapping(flapping: Data | None) -> str:
    """When an alarm is flapping, and what changes then."""
    if flapping is None:
        return "every repeat is sent, however often an alarm fires again"
    often, within = flapping["repeats"], duration_in_words(flapping["within"])
    return (
        f"an alarm that fires again more than {often} times in {within} is flapping: its messages are"
        f" {duration_in_words(flapping['every'])} apart, its pages {duration_in_words(flapping['page_every'])}"
    )


def reminders(remind: Sequence[Sequence[Any]], *, pagers: bool = True) -> str:
    """Reminders of open incidents, by severity. pagers: whether there are any."""
    if not remind:
        return "none: an open incident is notified once"
    words = [f"{severity} every {duration_in_words(seconds)}" for severity, seconds in remind]
    themselves = "; pagers remind by themselves" if pagers else ""
    return f"{list_in_words(words)}, while an incident is open and not acknowledged{themselves}"


def acknowledged(ways: Sequence[str]) -> str:
    """The ways to acknowledge an incident."""
    if not ways:
        return "nothing counts, so reminders end with the incident"
    methods = list_in_words([_WAYS[method] for method in ways], "or")
    return f"as soon as {methods}; then there are no reminders and no escalation"


def escalations(escalate: Sequence[Data], *, pagers: bool = True) -> str:
    """Channels that are notified of unacknowledged incidents. pagers: whether there are any."""
    if not escalate:
        return f"no other channel is notified{'; a pager escalates by its own policy' if pagers else ''}"
    return "; ".join(
        f"{escalation['severity']} goes to {list_in_words(escalation['to'])}, too, when it is not acknowledged after"
        f" {duration_in_words(escalation['after'])}"
        for escalation in escalate
    )


def quiet_hours(quiet: Data) -> str:
    """The quiet hours, and which notifications wait for their end."""
    begins, ends = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (quiet["begins"], quiet["ends"]))
    return (
        f"from {begins} to {ends} ({quiet['time_zone']}) mails, messages and pages of severity"
        f" {list_in_words(quiet['severities'])} wait for the end of these hours; tickets and webhooks do not"
    )
