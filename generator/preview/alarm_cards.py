"""Cards of alarms and composites: the condition in words, its chart, who is notified, what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from generator.findings import dotted
from generator.model.alarm_locations import AnyAlarm, route_table
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.metric_queries import metric_queries
from generator.preview.card import Card, short_places
from generator.preview.history import history_in_words
from generator.preview.markup import few_items, fragment, items, link, reference, text
from generator.preview.recipients import notified
from generator.preview.types import EnvironmentPreview
from generator.render.catalogue import rule_in_words
from generator.render.cost_words import alarm_costs
from generator.render.incident_groups import membership
from generator.render.long_lists import MOST_READ, names_in_words
from generator.render.words import (
    condition_in_words,
    crossing_in_words,
    reaches_in_words,
    signal_in_words,
    warm_up_in_words,
)
from generator.wording import duration_in_words

_MOST_TESTS = 3
_NO_CHART = "No chart: only AWS can run its query."
_NO_DATA = "No chart: the capture has no values of it in its last hours."


class AlarmCards:
    """The cards of an environment. marks: what a comparison says of an alarm, by its name."""

    def __init__(self, environment: EnvironmentPreview, marks: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        self.environment, self.marks = environment, marks
        self.routes = route_table(environment.estate)
        self._reach = reaches_in_words(environment.estate)
        self._costs = alarm_costs(environment.cost)
        self._composites = {composite.ref for composite in environment.estate.composites}

    def alarm(self, alarm: Alarm) -> Card:
        """The card of a metric alarm."""
        crossing = crossing_in_words(alarm.tuning, alarm)
        rest = condition_in_words(alarm.tuning, alarm).removeprefix(crossing)
        rows = [
            _runbook(alarm),
            ("Measures", text(signal_in_words(alarm.signal))),
            ("Differs", self._differences(alarm)),
            ("Missing data", text(f"is acceptable: {alarm.silence}") if alarm.silence else ""),
            *self._rows(alarm),
            ("Warm-up", text(warm_up_in_words(alarm.warm_up_minutes)) if alarm.warm_up_minutes else ""),
        ]
        no_chart = _NO_DATA if self.environment.capture and metric_queries(alarm) else _NO_CHART
        chart = self.environment.charts.get(alarm.name, "")
        picture = chart or f'<p class="no-chart">{no_chart}</p>'
        condition = f"<b>{text(crossing)}</b>{text(rest)}"
        return replace(self._card(alarm, "alarms", condition, rows), picture=picture)

    def composite(self, composite: Composite) -> Card:
        """The card of a composite alarm."""
        wait, extend = duration_in_words(composite.wait), duration_in_words(composite.extend)
        suppressor = f"{composite.suppressor} (wait period {wait}, extension period {extend})"
        differing = [f"{account}: severity {severity}" for account, severity in composite.severity_by_account]
        rows = [
            _runbook(composite),
            ("Parts", self._parts(composite)),
            ("Suppressed by", text(suppressor) if composite.suppressor else ""),
            ("Differs", few_items(map(text, differing[:MOST_READ]))),
            *self._rows(composite),
        ]
        condition = f"<b>{text(rule_in_words(composite.rule))}</b>"
        return self._card(composite, "composites", condition, rows)

    def _card(self, alarm: AnyAlarm, section: str, condition: str, rows: Sequence[tuple[str, str]]) -> Card:
        estate, recipients = self.environment.estate, self.routes.recipients(alarm)
        usual = alarm.tuning.severity if isinstance(alarm, Alarm) else alarm.severity
        severities = dict.fromkeys([usual, *(part.severity for part in recipients)])
        return Card(
            environment=estate.environment,
            section=section,
            key=alarm.ref,
            title=alarm.name,
            severities=tuple(severities),
            summary=alarm.summary,
            condition=condition,
            rows=rows,
            further=[*self._further(alarm)],
            cost=self._costs.get(alarm.name, ""),
            marks=self.marks.get(alarm.name, ()),
            words=(
                ("owner", alarm.owner),
                ("service", alarm.service),
                ("channel", " ".join(dict.fromkeys(c.name for part in recipients for c in part.channels))),
                ("tests", "yes" if self._tests(alarm) else "no"),
            ),
            accounts=short_places([place for part in recipients for place in part.places], estate.account_names),
        )

    def _rows(self, alarm: AnyAlarm) -> Iterator[tuple[str, str]]:
        estate = self.environment.estate
        yield "Notifies", notified(self.routes.recipients(alarm), estate)
        yield "Incident", few_items(map(text, membership(alarm, estate)))
        yield "Deployed to", text(self._reach(alarm))

    def _further(self, alarm: AnyAlarm) -> Iterator[tuple[str, str]]:
        yield "Owner", text(alarm.owner)
        yield "Tests", _listed(self._tests(alarm)) or '<span class="none">none mentions it</span>'
        history = self.environment.history.get(alarm.name)
        yield "History", text(history_in_words(history)) if history else ""
        yield "In the file", f"<code>{text(dotted(alarm.path))}</code>"

    def _parts(self, composite: Composite) -> str:
        """Links to the cards of the alarms that a composite is made of."""
        environment = self.environment.estate.environment
        links = []
        for ref in dict.fromkeys(children(composite.rule)):
            section = "composites" if ref in self._composites else "alarms"
            links.append(f'<a href="{reference(fragment(environment, section, ref))}">{text(ref)}</a>')
        return ", ".join(links)

    def _tests(self, alarm: AnyAlarm) -> Sequence[str]:
        """Tests name an alarm by its key or by its name in CloudWatch."""
        tests = self.environment.tests
        return [*dict.fromkeys(name for word in (alarm.ref, alarm.key, alarm.name) for name in tests.get(word, ()))]

    def _differences(self, alarm: Alarm) -> str:
        """What differs in accounts and Regions; accounts that differ alike are in one line."""
        usual = condition_in_words(alarm.tuning, alarm)
        alike: dict[str, list[str]] = {}
        for variant in alarm.variants:
            tuning = variant.tuning
            words = condition_in_words(tuning, alarm)
            parts = [words] if words != usual else []
            parts += [f"severity {tuning.severity}"] if tuning.severity != alarm.tuning.severity else []
            if not tuning.enabled:
                parts = ["disabled"] if alarm.tuning.enabled else []
            if parts:
                alike.setdefault("; ".join(parts), []).append(variant.account)
        for regional in alarm.regional:
            alike.setdefault(condition_in_words(regional.tuning, alarm), []).append(regional.region)
        lines = [f"<b>{text(names_in_words(places))}</b> {text(words)}" for words, places in alike.items()]
        return few_items(lines)


def _runbook(alarm: AnyAlarm) -> tuple[str, str]:
    """The first row, because who was woken looks for it."""
    return "Runbook", link(alarm.runbook) if alarm.runbook else ""


def _listed(names: Sequence[str]) -> str:
    """The first names, and the others behind a switch."""
    first, rest = few_items(map(text, names[:_MOST_TESTS])), names[_MOST_TESTS:]
    if not rest:
        return first
    return f"{first}<details><summary>{len(rest):,} more</summary>{items(map(text, rest))}</details>"
