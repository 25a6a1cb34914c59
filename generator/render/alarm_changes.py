"""Differences between two estates in alarm language, for the person on call.

Works on the data of estate.json, so that the older side needs no older compiler. Each alarm is compared in each
account, and accounts that see the same change share one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from generator.model.alarm_locations import LATER
from generator.model.alarms import Tuning
from generator.model.stack_values import as_written
from generator.render.account_changes import moved
from generator.render.channel_changes import actions_in_words, event_tags_in_words
from generator.render.composite_changes import by_name
from generator.render.incident_changes import memberships
from generator.render.placement_changes import (
    regions_changed,
    values_changed,
)
from generator.render.route_changes import notifications_in_words, subject_in_words
from generator.render.section_words import Kind
from generator.render.words import (
    expected_in_words,
    log_query_in_words,
    missing_in_words,
    promql_in_words,
    window_in_words,
)
from generator.wording import duration_in_words, list_in_words

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EffectiveAlarm:
    """An alarm's settings in one account. expected: how far off a band it fires, where it has no threshold."""

    tuning: Tuning
    statistic: str
    measures: str
    expected: str = ""


def alarm_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Kind, name and sentence of each difference of the alarms."""
    old, new = by_name(before, "alarms"), by_name(after, "alarms")
    moved_accounts = moved(before, after)
    for name in sorted({*old, *new}):
        known: dict[EffectiveAlarm, EffectiveAlarm] = {}
        was, now = _effective_alarms(old.get(name), before, known), _effective_alarms(new.get(name), after, known)
        if not was and not now:
            continue
        if not was:
            yield "added", name, _introduced(new[name], now, after)
        elif not now:
            yield "removed", name, f"no longer exists and no longer notifies ({_accounts_of(was)})"
        else:
            yield from _changed(name, (old[name], was, before), (new[name], now, after), moved_accounts)


def _effective_alarms(
    alarm: Data | None, estate: Data, known: dict[EffectiveAlarm, EffectiveAlarm]
) -> dict[str, EffectiveAlarm]:
    """The settings of an alarm by account; accounts that do not have it are left out.

    known: of equal ones the one object, so that ten thousand accounts are compared by `is`.
    """
    if alarm is None:
        return {}
    value, measures, expected = _value(alarm), _measures(alarm["signal"]), _expected(alarm["signal"])

    def stand(tuning: Data) -> EffectiveAlarm:
        effective = EffectiveAlarm(Tuning(**tuning), value, measures, expected)
        return known.setdefault(effective, effective)

    usual = stand(alarm["tuning"])
    if alarm["side"] == "hub":
        stands = {"the hub": usual}
    else:
        stands = dict.fromkeys((account["name"] for account in estate["accounts"]), usual)
        for variant in alarm["variants"]:
            if variant["account"] in stands:
                stands[variant["account"]] = stand(variant["tuning"])
        stands |= {LATER: usual} if estate["organizational_units"] else {}
    return {
        account_name: effective_alarm
        for account_name, effective_alarm in stands.items()
        if effective_alarm.tuning.enabled
    }


def _value(alarm: Data) -> str:
    """The value that is compared with the threshold, in a word."""
    match alarm["signal"]["is"]:
        case "MathSignal":
            return str(alarm["signal"]["title"] or alarm["signal"]["expression"])
        case "QuerySignal":
            return "the query's result"
        case "LogSignal":
            return str(alarm["signal"]["aggregate"])
        case "PromqlSignal":
            return "the PromQL query"
        case _:
            return str(alarm["statistic"])


def _measures(signal: Data) -> str:
    match signal["is"]:
        case "MathSignal":
            ids = [f"{id_} = {expression}" for id_, expression in signal.get("parts", ())]
            ids += [f"{operand['id']} = {_measures_metric(operand)}" for operand in signal["operands"]]
            guard = signal["guard"]
            enough = f", where {guard['traffic']} is at least {guard['at_least']:g}" if guard else ""
            return f"{signal['expression']} ({', '.join(ids)}){enough}"
        case "QuerySignal":
            return str(signal["query"])
        case "LogSignal":
            parts = (signal[name] for name in ("query", "aggregate", "log_groups", "window", "delay"))
            return log_query_in_words(*parts)
        case "PromqlSignal":
            return promql_in_words(*(signal[name] for name in ("query", "every", "pending", "recovery")))
        case "AccountSignal":
            return f"{_metric(signal['metric'])} of {signal['account']['name']}"
        case _:
            return _metric(signal["metric"])


def _expected(signal: Data) -> str:
    if signal["is"] == "PromqlSignal":
        return "true of a series"
    return expected_in_words(signal["direction"], signal["band"]) if signal["is"] == "AnomalySignal" else ""


def _measures_metric(operand: Data) -> str:
    of = f" of {operand['account']['name']}" if operand["account"] else ""
    return f"{operand['statistic']} {_metric(operand['metric'])}{of}"


def _metric(metric: Data) -> str:
    dimensions = ", ".join(f"{name} = {as_written(value)}" for name, value in metric["dimensions"])
    unit = f", data in {metric['unit']} only" if metric.get("unit") else ""
    return f"{metric['namespace']} {metric['name']}" + (f" ({dimensions})" if dimensions else "") + unit


def _introduced(alarm: Data, stands: Mapping[str, EffectiveAlarm], estate: Data) -> str:
    grouped: dict[str, dict[str, list[str]]] = {}
    for account, stand in stands.items():
        notified = notifications_in_words(stand.tuning.severity, estate, alarm, account)
        condition = f"{_fires(stand)} {window_in_words(stand.tuning)}"
        grouped.setdefault(condition, {}).setdefault(notified, []).append(account)
    sentences = [
        f"fires {condition}, " + "; ".join(f"{words}, in {list_in_words(places)}" for words, places in by_words.items())
        for condition, by_words in grouped.items()
    ]
    sentences += [f"it has {_warm_up(alarm)}"] if alarm.get("warm_up_minutes") else []
    summary = f"{alarm['summary']}: " if alarm["summary"] else ""
    return f"new. {summary}{'; '.join(sentences)}"


def _changed(
    name: str,
    old: tuple[Data, dict[str, EffectiveAlarm], Data],
    new: tuple[Data, dict[str, EffectiveAlarm], Data],
    moved_accounts: Set[str],
) -> Iterator[tuple[Kind, str, str]]:
    """gone: the accounts that only one side has. Of those that join or leave, one sentence says it all."""
    (alarm_was, was, before), (alarm_now, now, after) = old, new
    stay = [account for account in {**was, **now} if account not in moved_accounts]
    differing = [account for account in stay if was.get(account) is not now.get(account)]
    grouped: dict[tuple[str, ...], list[str]] = {}
    alike: dict[tuple[int, int], tuple[str, ...]] = {}
    for account in differing:
        old_stand, new_stand = was.get(account), now.get(account)
        pair = id(old_stand), id(new_stand)
        words = alike.get(pair)
        if words is None:
            words = tuple(_placement_changes(account, (old_stand, alarm_was, before), (new_stand, alarm_now, after)))
            # The channels may differ by account; the words for all other changes are the same in every account.
            if old_stand and new_stand and old_stand.tuning.severity == new_stand.tuning.severity:
                alike[pair] = words
        if words:
            grouped.setdefault(words, []).append(account)
    for words, places in grouped.items():
        everywhere = set(places) == set(stay)
        where = f"in {list_in_words(places)}" + (" (everywhere)" if everywhere and len(places) > 1 else "")
        yield "changed", name, f"{'; '.join(words)}; {where}"
    for sentence in (
        *subject_in_words(alarm_was, before, alarm_now, after),
        *regions_changed(alarm_was, alarm_now, before, after),
        *values_changed(alarm_was, alarm_now),
        *actions_in_words(alarm_was, alarm_now),
        *event_tags_in_words(alarm_was, alarm_now),
    ):
        yield "changed", name, sentence
    for field in ("runbook", "owner", "summary"):
        if alarm_was[field] != alarm_now[field]:
            was_text, now_text = alarm_was[field] or "nothing", alarm_now[field] or "nothing"
            yield "changed", name, f"{field} is now {now_text} (was {was_text})"
    publisher_was, publisher_now = (alarm.get("published_by") or "AWS or the file" for alarm in (alarm_was, alarm_now))
    if publisher_was != publisher_now:
        yield "changed", name, f"its metrics are now published by {publisher_now} (was {publisher_was})"
    yield from (("changed", name, sentence) for sentence in memberships(alarm_was, alarm_now, before))
    if _periods(alarm_was) != _periods(alarm_now):
        yield "changed", name, f"periods are {_periods(alarm_now)} instead of {_periods(alarm_was)}"
    if _warm_up(alarm_was) != _warm_up(alarm_now):
        earlier = f"was: {_warm_up(alarm_was)}"
        sentence = f"{_warm_up(alarm_now)} where it is re-created ({earlier}); existing alarms are not affected"
        yield "changed", name, sentence


def _periods(alarm: Data) -> str:
    return f"those of the clock of {alarm['wall_clock']}" if alarm.get("wall_clock") else "the latest at any time"


def _warm_up(alarm: Data) -> str:
    minutes = alarm.get("warm_up_minutes", 0)
    return f"a warm-up of {duration_in_words(minutes * 60)}" if minutes else "no warm-up"


def _placement_changes(
    account: str, old: tuple[EffectiveAlarm | None, Data, Data], new: tuple[EffectiveAlarm | None, Data, Data]
) -> Iterator[str]:
    (was, _, _), (now, alarm, after) = old, new
    if was is None or now is None:
        notified = notifications_in_words(now.tuning.severity, after, alarm, account) if now else ""
        yield f"is enabled: fires {_fires(now)}, {notified}" if now else "is disabled"
        return
    if was.measures != now.measures:
        yield f"measures {now.measures} instead of {was.measures}"
    if _fires(was) != _fires(now):
        yield f"now fires {_fires(now)} instead of {_usual(was, now)}{_sensitivity(was, now)}"
    if window_in_words(was.tuning) != window_in_words(now.tuning):
        yield f"is evaluated {window_in_words(now.tuning)} instead of {window_in_words(was.tuning)}"
    if was.tuning.missing_data != now.tuning.missing_data:
        earlier = missing_in_words(was.tuning.missing_data).removeprefix("missing data: ")
        yield f"{missing_in_words(now.tuning.missing_data)} (was: {earlier})"
    if was.tuning.severity != now.tuning.severity:
        notified = notifications_in_words(now.tuning.severity, after, alarm, account)
        yield f"severity {now.tuning.severity} instead of {was.tuning.severity}: {notified}"


def _fires(stand: EffectiveAlarm) -> str:
    crossing = stand.expected or f"{stand.tuning.comparison} {stand.tuning.threshold:g}"
    return f"when {stand.statistic} is {crossing}"


def _usual(was: EffectiveAlarm, now: EffectiveAlarm) -> str:
    statistic = "" if was.statistic == now.statistic else f"{was.statistic} "
    return statistic + (was.expected or f"{was.tuning.comparison} {was.tuning.threshold:g}")


def _sensitivity(was: EffectiveAlarm, now: EffectiveAlarm) -> str:
    if was.expected or now.expected or was.statistic != now.statistic:
        return ""
    if was.tuning.comparison[:1] != now.tuning.comparison[:1]:
        return ""
    return " (less sensitive)" if _demands(now.tuning) > _demands(was.tuning) else " (more sensitive)"


def _demands(tuning: Tuning) -> tuple[float, bool]:
    """More where fewer values fire: of two equal thresholds, the one that has to be crossed demands more."""
    upwards = tuning.comparison.startswith(">")
    return tuning.threshold if upwards else -tuning.threshold, "=" not in tuning.comparison


def _accounts_of(stands: Mapping[str, EffectiveAlarm]) -> str:
    return f"was in {list_in_words(list(stands))}"
