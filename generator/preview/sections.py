"""The sections of an environment's page, in their order: a heading, what the navigation says, and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.model.routing import SEVERITIES
from generator.preview.accounts import accounts_html
from generator.preview.alarm_cards import AlarmCards
from generator.preview.card import Card, card_html
from generator.preview.differences import differences_html, marks_of
from generator.preview.logs import logs_html
from generator.preview.markup import fragment, reference, text
from generator.preview.rules import event_rule_card
from generator.preview.types import EnvironmentPreview
from generator.preview.word_lists import word_lists_html
from generator.render.section_words import section_words

# Sections of the catalogue that the page has as a list or table, each below its own heading.
_SLOS = ("slos",)
_WITH_CARDS = ("event_rules",)


@dataclass(frozen=True, slots=True)
class PageSection:
    """number: what the navigation has beside the title; empty for none. cards: what it consists of, if of cards."""

    name: str
    title: str
    html: str
    number: str = ""
    cards: Sequence[Card] = ()


def sections_of(environment: EnvironmentPreview, revision: str, removed: Sequence[str]) -> Iterator[PageSection]:
    """The sections that have anything in them. removed: sentences about environments that only the revision has."""
    estate = environment.estate
    marks = marks_of(environment.difference)
    if environment.difference is not None:
        changes, html = differences_html(environment, revision, removed)
        yield PageSection("changes", "What changes", html, f"{changes:,}")
    accounts = len(estate.accounts) + 1
    yield PageSection("accounts", "Accounts", accounts_html(environment), f"{accounts:,}")
    if environment.dashboards:
        yield _dashboards(environment)
    cards = AlarmCards(environment, marks)
    alarms = sorted((a for a in estate.alarms if not a.everywhere_disabled), key=lambda a: _rank(a.tuning.severity))
    yield _of_cards("alarms", "Alarms", [*map(cards.alarm, alarms)])
    composites = sorted(estate.composites, key=lambda composite: _rank(composite.severity))
    if composites:
        yield _of_cards("composites", "Composites", [*map(cards.composite, composites)])
    if estate.event_rules:
        rules = [event_rule_card(rule, environment, cards.routes, marks) for rule in estate.event_rules]
        yield _of_cards("event-rules", "Event rules", rules)
    words = _words(environment)
    objectives = "".join(words.pop(name, "") for name in _SLOS)
    if objectives:
        yield PageSection("objectives", "Objectives", objectives, f"{len(estate.objectives):,}")
    if estate.log_groups:
        yield PageSection("logs", "Logs", logs_html(estate), f"{len(estate.log_groups):,}")
    if words:
        yield PageSection("more", "More", "".join(words.values()))
    off = [alarm for alarm in estate.alarms if alarm.everywhere_disabled]
    if off:
        listed = "".join(f'<li class="item">{text(alarm.ref)}</li>' for alarm in off)
        yield PageSection("disabled", "Disabled", f'<ul class="names">{listed}</ul>', f"{len(off):,}")


def _of_cards(name: str, title: str, cards: Sequence[Card]) -> PageSection:
    return PageSection(name, title, "".join(map(card_html, cards)), f"{len(cards):,}", cards)


def _rank(severity: str) -> int:
    return [*SEVERITIES].index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _dashboards(environment: EnvironmentPreview) -> PageSection:
    names: Sequence[str] = [*environment.dashboards]
    parts = []
    for index, name in enumerate(names):
        identifier = fragment(environment.estate.environment, "dashboards", name)
        html = environment.dashboards[name]
        # With scripts a browser reads it as one text, until the page has loaded: a dashboard is as much as 200 cards.
        body, is_open = (f"<noscript>{html}</noscript>", "") if index else (html, " open")
        parts.append(
            f'<details class="dashboard item" id="{text(identifier)}"{is_open}><summary><h4>{text(name)}</h4></summary>'
            f"{body}</details>"
        )
    return PageSection("dashboards", "Dashboards", "".join(parts), f"{len(names):,}")


def _words(environment: EnvironmentPreview) -> dict[str, str]:
    """The sections of the catalogue that have no cards."""
    lists: dict[str, str] = {}
    for name, words in section_words().items():
        html = "" if name in _WITH_CARDS else word_lists_html(words.catalogue(environment.estate))
        if html:
            lists[name] = html
    return lists


def navigation(sections: Sequence[PageSection], environment: str) -> str:
    """Links to the sections."""
    rows = "".join(
        f'<li><a href="{reference(fragment(environment, section.name))}">{section.title}'
        f"{f' <span>{section.number}</span>' if section.number else ''}</a></li>"
        for section in sections
    )
    return f'<nav aria-label="Sections of {text(environment)}"><ul>{rows}</ul></nav>'


def total_words(environment: EnvironmentPreview, findings: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Number and noun of each total of the header."""
    from generator.render.cost_words import amount_in_table
    from generator.wording import pluralize

    estate = environment.estate
    alarms = sum(1 for alarm in estate.alarms if not alarm.everywhere_disabled)
    yield f"{alarms:,}", "alarm" if alarms == 1 else "alarms"
    if estate.composites:
        yield f"{len(estate.composites):,}", "composite" if len(estate.composites) == 1 else "composites"
    members = pluralize(len(estate.accounts), "member account").partition(" ")
    yield members[0], f"{members[2]} and the hub"
    yield amount_in_table(environment.cost.total), "USD a month"
    number = sum(findings.values())
    noun = "error" if findings.get("error") else "warning" if number else "finding"
    # A page is made without it: it takes longer than all else together.
    words = f"{noun if number == 1 else f'{noun}s'}, cfn-lint not run"
    yield f"{number:,}" if number else "no", words
