"""catalogue.md: every alarm of an environment in plain words, for reviewers and for the person on call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from generator.model.alarm_locations import AnyAlarm, RouteTable, route_table
from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children, counted_state
from generator.model.alarms import Alarm, Composite, Regional, actions_with_states
from generator.model.estate import Estate
from generator.model.missing_data import MissingDataReason
from generator.model.routing import SEVERITIES, AlarmSeverity, RouteRule
from generator.render import missing_data_words
from generator.render.incident_groups import membership
from generator.render.incident_policy_words import policy_in_words, policy_of
from generator.render.long_lists import MOST_READ, names_in_words
from generator.render.member_words import member_in_words, units_in_words
from generator.render.route_words import reason_in_words
from generator.render.section_words import section_words
from generator.render.words import (
    at_least_in_words,
    condition_in_words,
    reaches_in_words,
    signal_in_words,
    warm_up_in_words,
)
from generator.wording import duration_in_words, list_in_words

Reach = Callable[[AnyAlarm], str]
# Names of alarms to what they cost, in words.
Costs = Mapping[str, str]
_NO_COSTS: Costs = MappingProxyType({})

# What makes a heading, a row or an entry of a list of a line that begins with it.
_MARKUP = ("#", "-", "|")


def catalogue(estate: Estate, path_alarms: Iterable[MissingDataReason] = (), costs: Costs = _NO_COSTS) -> str:
    """Markdown, the most severe first. path_alarms: alarms of the alarm path that missing data does not raise."""
    return "\n".join(map(_on_one_line, _lines(estate, path_alarms, costs))) + "\n"


def _on_one_line(line: str) -> str:
    """The text on one line: text of a user may have several, and one of them could begin a heading."""
    return " ".join(line.splitlines())


def _lines(estate: Estate, path_alarms: Iterable[MissingDataReason], costs: Costs) -> Iterator[str]:
    alarms = [a for a in estate.alarms if not a.everywhere_disabled]
    routes, reach = route_table(estate), reaches_in_words(estate)
    yield f"# Alarms of {estate.project}, {estate.environment}"
    yield ""
    yield "Written by `obsgen build` from observability.yaml. Edit that file, not this one."
    yield ""
    members = names_in_words([member_in_words(account) for account in estate.accounts])
    units = units_in_words(estate)
    yield f"- Hub: {estate.hub.account}, {estate.hub.region}"
    yield f"- Members: {members or 'none by name'}{f'; {units}' if units else ''}"
    yield f"- Regions: {', '.join(estate.regions)}"
    yield f"- Alarms: {len(alarms)}, and {len(estate.composites)} composites"
    for severity in SEVERITIES:
        section = [*_section(routes, reach, costs, severity, alarms)]
        if section:
            people = ", ".join(f"{c.name} ({c.type})" for c in estate.channels_for(severity))
            yield ""
            yield (
                f"## {severity.capitalize()} → {people or 'no notification'}"
                if severity != "none"
                else "## Severity none: no notification, used by composites"
            )
            yield from section
    yield from ("", "## Incidents: one per cause", "")
    yield from (f"- **{heading}** {sentence}" for heading, sentence in policy_in_words(policy_of(estate)))
    yield from missing_data_words.catalogued(estate, path_alarms)
    for words in section_words().values():
        yield from words.catalogue(estate)
    off = [a for a in estate.alarms if a.everywhere_disabled]
    if off:
        yield ""
        yield "## Disabled in this environment"
        yield ""
        yield from (f"- {alarm.ref}" for alarm in off)


def _section(
    routes: RouteTable, reach: Reach, costs: Costs, severity: AlarmSeverity, alarms: list[Alarm]
) -> Iterator[str]:
    for alarm in alarms:
        if alarm.tuning.severity == severity:
            yield from _alarm(alarm, routes.estate, reach)
            yield from _cost(alarm, costs)
            yield from _other_channels(alarm, routes)
    for composite in routes.estate.composites:
        if composite.severity == severity:
            yield from _composite(composite, routes.estate, reach)
            yield from _cost(composite, costs)
            yield from _other_channels(composite, routes)


def _alarm(alarm: Alarm, estate: Estate, reach: Reach) -> Iterator[str]:
    yield ""
    yield f"### {alarm.name}"
    yield ""
    yield from _summary(alarm.summary)
    yield f"- **When** {condition_in_words(alarm.tuning, alarm)}"
    yield f"- **Measures** {signal_in_words(alarm.signal)}"
    if alarm.silence:
        yield f"- **Missing data** is acceptable: {alarm.silence}"
    if alarm.warm_up_minutes:
        yield f"- **Warm-up** {warm_up_in_words(alarm.warm_up_minutes)}"
    yield from _variants(alarm)
    for regional in alarm.regional:
        yield f"- **In {regional.region}** {condition_in_words(regional.tuning, alarm)}"
        yield from _in_region(alarm, regional, estate)
    yield f"- **Deployed to** {reach(alarm)}"
    yield from (f"- **Incident** {row}" for row in membership(alarm, estate))
    yield from _people(alarm)


def _summary(text: str) -> Iterator[str]:
    """As a paragraph, whatever it begins with: https://spec.commonmark.org/0.31.2/#backslash-escapes"""
    if text:
        yield f"{chr(92) if text.startswith(_MARKUP) else ''}{text}."
        yield ""


def _in_region(alarm: Alarm, regional_alarm: Regional, estate: Estate) -> Iterator[str]:
    """The accounts that have something else in a Region than is said of the Region, or of the account elsewhere."""
    usual, regional = condition_in_words(alarm.tuning, alarm), condition_in_words(regional_alarm.tuning, alarm)
    differing = {variant.account for variant in (*alarm.variants, *regional_alarm.variants)}
    for account in estate.accounts:
        tuning = alarm.tuning_in(account.name, regional_alarm.region)
        if account.name not in differing or not account.is_in(regional_alarm.region) or not tuning.enabled:
            continue
        own, now = condition_in_words(alarm.tuning_in(account.name), alarm), condition_in_words(tuning, alarm)
        if (own, now) not in ((usual, regional), (regional, regional)):
            yield f"- **In {account.name}, {regional_alarm.region}** {now}"


def _variants(alarm: Alarm) -> Iterator[str]:
    """A line for each account that differs; of very many, one for all that differ alike."""
    differing = [(variant.account, words) for variant in alarm.variants if (words := _variant(alarm, variant.account))]
    if len(differing) <= MOST_READ:
        yield from (f"- **In {account}** {words}" for account, words in differing)
        return
    alike: dict[str, list[str]] = {}
    for account, words in differing:
        alike.setdefault(words, []).append(account)
    yield from (f"- **In {names_in_words(accounts)}** {words}" for words, accounts in alike.items())


def _variant(alarm: Alarm, account: str) -> str:
    """The differences in an account; empty where the line `Deployed to` has all of them."""
    tuning = alarm.tuning_in(account)
    if not tuning.enabled:
        return "disabled" if alarm.tuning.enabled else ""
    words = []
    now, usual = condition_in_words(tuning, alarm), condition_in_words(alarm.tuning, alarm)
    if now != usual:
        words.append(now)
    if tuning.severity != alarm.tuning.severity:
        words.append(f"severity {tuning.severity}")
    return "; ".join(words)


def _composite(composite: Composite, estate: Estate, reach: Reach) -> Iterator[str]:
    yield ""
    yield f"### {composite.name}"
    yield ""
    yield from _summary(composite.summary)
    yield f"- **When** {rule_in_words(composite.rule)}"
    if composite.suppressor:
        wait, extend = duration_in_words(composite.wait), duration_in_words(composite.extend)
        yield f"- **Suppressed by** {composite.suppressor} (wait period {wait}, extension period {extend})"
    is_told = composite.placement or any(account.regions for account in estate.accounts)
    where = reach(composite) if is_told else composite.side.value
    yield f"- **Evaluated in** {where}"
    for account, severity in composite.severity_by_account:
        yield f"- **In {account}** severity {severity}"
    yield from (f"- **Incident** {row}" for row in membership(composite, estate))
    yield from _people(composite)


def _cost(alarm: AnyAlarm, costs: Costs) -> Iterator[str]:
    if alarm.name in costs:
        yield f"- **Cost** {costs[alarm.name]}"


def _other_channels(alarm: AnyAlarm, routes: RouteTable) -> Iterator[str]:
    """Channels that a rule chooses instead of those in the heading."""
    for recipients in routes.recipients(alarm):
        if isinstance(recipients.route, RouteRule):
            people = (
                list_in_words([f"{channel.name} ({channel.type})" for channel in recipients.channels]) or "no channel"
            )
            where = f" in {list_in_words(recipients.places)}" if routes.differs else ""
            yield f"- **Notifies{where}, {recipients.severity}** {people}{reason_in_words(recipients.route)}"


def _people(alarm: Alarm | Composite) -> Iterator[str]:
    if alarm.owner:
        yield f"- **Owner** {alarm.owner}"
    if alarm.runbook:
        yield f"- **Runbook** <{alarm.runbook}>"
    if isinstance(alarm, Alarm) and alarm.published_by:
        yield f"- **Metrics published by** {alarm.published_by}"
    if alarm.actions_disabled:
        yield "- **Actions** disabled"
    if alarm.actions_in:
        yield f"- **Actions in** {', '.join(alarm.actions_in)}"
    for action, states in actions_with_states(alarm):
        if states:
            yield f"- **In {', '.join(states)}** {action}"
    if alarm.event_tags:
        yield f"- **Tags in its events** {', '.join(alarm.event_tags)}"


def rule_in_words(rule: Rule, outermost: bool = True) -> str:
    """A composite's rule as its writer would say it."""
    match rule:
        case InState():
            plain = {"ALARM": "", "OK": " is OK", "INSUFFICIENT_DATA": " has no data"}
            return f"{rule.alarm}{plain[rule.state]}"
        case Not():
            return f"not {rule_in_words(rule.rule, False)}"
        case AllOf() | AnyOf():
            word = " and " if isinstance(rule, AllOf) else " or "
            joined = word.join(rule_in_words(part, False) for part in rule.rules)
            return joined if outermost else f"({joined})"
        case AtLeastOf():
            return at_least_in_words(rule.amount, rule.is_percentage, *counted_state(rule), tuple(children(rule)))
