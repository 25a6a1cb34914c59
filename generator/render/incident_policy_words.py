"""How alarms become incidents, in sentences: of the data of an estate.json, as `diff` has it, or of an estate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.model.estate import Estate
from generator.render.estate_json import plain
from generator.wording import duration_in_words, list_in_words

Data = Mapping[str, Any]
# Keys of the section that `explain` knows although nobody wrote them.
POLICY_KEYS = ("group", "storm", "flapping", "remind", "acknowledge", "escalate", "quiet")
_WAYS = {
    "ticket": "the ticket is moved on",
    "reaction": "somebody puts 👀 on the message in chat",
    "command": "`obsgen ack` says so",
}


def policy_of(estate: Estate) -> Data:
    """The section of an estate, without what none of its channels can do."""
    channels = estate.channels
    can = {
        "ticket": any(one.type == "jira" for one in channels),
        "reaction": any(one.type == "slack" and dict(one.settings).get("channel") for one in channels),
        "command": True,
    }
    section = plain(estate.incidents)
    ways = [way for way in section["acknowledge"] if can[way]]
    return {**section, "acknowledge": ways, "pagers": any(one.type == "pagerduty" for one in channels)}


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
    """What changed in the section; all of it where there was none of it before."""
    old = dict(policy_in_words(was)) if "group" in was else {}
    for heading, sentence in policy_in_words(now):
        if not old:
            yield f"{heading.lower()}: {sentence}"
        elif old.get(heading) != sentence:
            yield f"{heading.lower()}: {sentence} (was: {old.get(heading, 'none')})"
    gone = set(old) - {heading for heading, _ in policy_in_words(now)}
    yield from (f"{heading.lower()}: none any more (was: {old[heading]})" for heading in sorted(gone))


def _grouping(group: Data) -> str:
    by = in_common(group["by"])
    own = f" or {by}" if by else ""
    return (
        f"alarms of one composite, of one objective{own} are one incident;"
        f" it takes further alarms for {duration_in_words(group['collect'])}"
    )


def in_common(by: Sequence[str]) -> str:
    """`of one service in one account`, `in one account`; nothing where alarms are not grouped."""
    things = [name for name in by if name not in ("account", "region")]
    places = [name for name in by if name in ("account", "region")]
    of = f"of {' and '.join(f'one {name}' for name in things)}" if things else ""
    where = " and ".join("one Region" if name == "region" else f"one {name}" for name in places)
    return " ".join(part for part in (of, f"in {where}" if where else "") if part)


def waits(group: Data) -> str:
    """How long first messages wait, by severity."""
    at_once = [severity for severity, seconds in group["wait"] if not seconds]
    later: dict[int, list[str]] = {}
    for severity, seconds in group["wait"]:
        if seconds:
            later.setdefault(seconds, []).append(severity)
    words = [f"{list_in_words(at_once)} at once"] if at_once else []
    words += [f"{list_in_words(names)} after {duration_in_words(seconds)}" for seconds, names in sorted(later.items())]
    return ", ".join(words) + "; an alarm that has nothing to be grouped by never waits"


def updates(group: Data) -> str:
    """How often messages about changed members come."""
    return f"what changes in an incident is brought up to date every {duration_in_words(group['update_every'])} at most"


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
        return "every repeat is sent, however often an alarm comes again"
    often, within = flapping["repeats"], duration_in_words(flapping["within"])
    return (
        f"an alarm that comes again more than {often} times in {within} is flapping: its messages are"
        f" {duration_in_words(flapping['every'])} apart, its pages {duration_in_words(flapping['page_every'])}"
    )


def reminders(remind: Sequence[Sequence[Any]], *, pagers: bool = True) -> str:
    """Who is told again of what is still open, by severity. pagers: whether there are any."""
    if not remind:
        return "none: what is open is told once"
    words = [f"{severity} every {duration_in_words(seconds)}" for severity, seconds in remind]
    themselves = "; pagers remind by themselves" if pagers else ""
    return f"{list_in_words(words)}, while an incident is open and not acknowledged{themselves}"


def acknowledged(ways: Sequence[str]) -> str:
    """How somebody says that it is being worked on."""
    if not ways:
        return "nothing counts, so reminders end with the incident"
    return (
        f"as soon as {list_in_words([_WAYS[way] for way in ways], 'or')}; then there are no reminders and no escalation"
    )


def escalations(escalate: Sequence[Data], *, pagers: bool = True) -> str:
    """Who else hears of what nobody takes on. pagers: whether there are any."""
    if not escalate:
        return f"nobody else is told{'; a pager escalates by its own policy' if pagers else ''}"
    return "; ".join(
        f"{one['severity']} goes to {list_in_words(one['to'])}, too, when it is not acknowledged after"
        f" {duration_in_words(one['after'])}"
        for one in escalate
    )


def quiet_hours(quiet: Data) -> str:
    """When what waits for the morning."""
    begins, ends = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (quiet["begins"], quiet["ends"]))
    return (
        f"from {begins} to {ends} ({quiet['time_zone']}) mails, messages and pages of severity"
        f" {list_in_words(quiet['severities'])} wait for the end of these hours; tickets and webhooks do not"
    )
