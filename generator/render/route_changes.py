"""Differences of routing between two estates; from the data of estate.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.model.alarm_locations import LATER
from generator.model.routing import RouteRule
from generator.render.channel_changes import whom
from generator.render.route_words import condition_of
from generator.render.section_words import Kind
from generator.wording import list_in_words

Data = Mapping[str, Any]
RouteChange = tuple[Kind, str, str, str]
_SECTION = "routes"
_NO_CHANNEL = "no channel"


def notifications_in_words(severity: str, estate: Data, alarm: Data, account: str = "") -> str:
    """`high, notifies mail and pager`. place: the account, by name, or accounts that join later; empty for any."""
    channels = _channels(severity, estate, alarm, account)
    return f"{severity}, notifies {list_in_words(channels)}" if channels else f"{severity}, no notification"


def subject_in_words(was: Data, before: Data, now: Data, after: Data) -> Iterator[str]:
    """The account that an alarm of the hub is about, if it is another one now: its routes follow it."""
    old, new = (str(alarm.get("account") or "hub") for alarm in (was, now))
    if old == new or (was["side"], now["side"]) != ("hub", "hub"):
        return
    notified_were, notified = (
        notifications_in_words(alarm["tuning"]["severity"], estate, alarm)
        for alarm, estate in ((was, before), (now, after))
    )
    earlier = f" (was: {notified_were})" if notified_were != notified else ""
    yield f"is about {_subject(new)} instead of {_subject(old)}: {notified}{earlier}"


def _subject(account: str) -> str:
    return "the hub" if account == "hub" else account


def _channels(severity: str, estate: Data, alarm: Data, account_name: str) -> Sequence[str]:
    """As the first rule that holds says, else the severity's route."""
    own = {"severity": severity, "owner": alarm.get("owner"), "service": alarm.get("service")}
    account = "hub" if alarm["side"] == "hub" and not alarm.get("account") else alarm.get("account") or account_name
    labels = next(
        (_attributes(account_data) for account_data in estate["accounts"] if account_data["name"] == account), {}
    )
    facts = {**labels, **{name: word for name, word in own.items() if word}, "account": account}
    for rule in _rules(estate):
        when = tuple((name, tuple(words)) for name, words in rule["when"])
        if RouteRule(when, (), (), later=rule.get("later")).holds(facts, account_name == LATER):
            return list(rule["channels"])
    return next(
        (list(account_data["channels"]) for account_data in estate["routes"] if account_data["severity"] == severity),
        [],
    )


def _attributes(account: Data) -> dict[str, str]:
    """The attributes of an account that rules may use beside its name, as the model's `Account.attributes`."""
    unit = {"unit": account["unit"]} if account.get("unit") else {}
    return {**unit, **dict(account["labels"])}


def route_differences(before: Data, after: Data) -> Iterator[RouteChange]:
    """Kind, section, name and sentence of each; routes by severity, rules by what they hold of."""
    yield from _routes(before, after)
    old = {condition_of(rule): _recipients(rule) for rule in _rules(before)}
    new = {condition_of(rule): _recipients(rule) for rule in _rules(after)}
    for condition in dict.fromkeys((*old, *new)):
        if condition not in old:
            yield "added", _SECTION, condition, f"new rule: {condition} notifies {new[condition]}"
        elif condition not in new:
            yield "removed", _SECTION, condition, f"no rule for {condition} any more; the route of the severity applies"
        elif old[condition] != new[condition]:
            sentence = f"{condition} notifies {new[condition]} (was {old[condition]})"
            yield "changed", _SECTION, condition, sentence
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield "changed", _SECTION, "rules", f"the rules are evaluated in another order: {'; '.join(new)}"


def _recipients(rule: Data) -> str:
    end = ", without mails and chat messages about the end" if rule.get("silent_end") else ""
    return (list_in_words(rule["channels"]) or _NO_CHANNEL) + end


def _routes(before: Data, after: Data) -> Iterator[RouteChange]:
    old = {r["severity"]: r["channels"] for r in before["routes"]}
    new = {r["severity"]: r["channels"] for r in after["routes"]}
    for severity in sorted({*old, *new}):
        was, now = old.get(severity, []), new.get(severity, [])
        also, removed = [c for c in now if c not in was], [c for c in was if c not in now]
        words = [f"also notify {list_in_words([whom(channel, after) for channel in also])}"] if also else []
        words += [f"no longer notify {list_in_words(removed)}"] if removed else []
        if words:
            yield "changed", _SECTION, severity, f"{severity} alarms {'; '.join(words)}"


def _rules(estate: Data) -> Sequence[Data]:
    rules: Sequence[Data] = estate.get("route_rules", ())
    return rules
