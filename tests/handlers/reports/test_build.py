"""What stands in a report, and each of its forms within the limits of its medium."""

from __future__ import annotations

import html.parser
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.events.records import Agent, Event, EventType, Status
from handlers.reports import mail, page, slack, text
from handlers.reports.build import build
from handlers.reports.episodes import episodes, uses
from handlers.reports.gathered import ComplianceTotal, ErrorUse, Objective, ReportData
from handlers.reports.period import period
from handlers.reports.report import Report, Row, Section
from tests.handlers.report_world import AT, CHECKOUT, HOSTILE, HOUR, MINUTE, SETTINGS, change, error

DAY = period("daily", datetime.fromtimestamp(AT / 1000, UTC), "Europe/Berlin")
QUIET = build("daily", DAY, ReportData(agents=(Agent(CHECKOUT, Status.REGISTERED, 0, 0),)), SETTINGS)


def _report(found: ReportData) -> Report:
    return build("daily", DAY, found, SETTINGS, "obsgen report open daily 2026-11-29 -e prod")


def _use(title: str, count: int, before: int = 0, *, first: int = AT - HOUR) -> ErrorUse:
    one = error(f"1-{abs(hash(title)):016x}"[:18], title, first, AT - HOUR)
    return ErrorUse(one, count, before, (*[0] * 23, count))


def test_a_quiet_day_says_that_there_is_nothing_to_do() -> None:
    assert QUIET.headline == "Nothing to do: no alarm is in ALARM, and no error is new."
    assert [section.title for section in QUIET.sections if section.rows] == []
    assert all(section.empty for section in QUIET.sections)
    assert not any(figure.is_bad for figure in QUIET.figures)


def test_the_headline_names_what_there_is_to_do() -> None:
    found = ReportData(
        events=(change("a", "ALARM", AT - HOUR), change("b", "ALARM", AT - HOUR), change("b", "OK", AT - MINUTE)),
        errors=(_use("new", 3), _use("known", 5, first=AT - 90 * HOUR)),
        agents=(Agent(CHECKOUT, Status.SILENT, AT, AT),),
        objectives=(Objective("payments", 99.9, "30 d", -4.0),),
    )
    assert _report(found).headline == (
        "1 alarm is still in ALARM; 1 objective has no budget left; 1 new error; 1 agent does not report."
    )


def test_episodes_come_of_state_changes_in_any_order_and_twice() -> None:
    events = [change("a", "OK", AT - HOUR), change("a", "ALARM", AT - 2 * HOUR), change("a", "ALARM", AT - 2 * HOUR)]
    (one,) = episodes([*events, change("a", "INSUFFICIENT_DATA", AT - 90 * MINUTE)])
    assert (one.start, one.end) == (AT - 2 * HOUR, AT - HOUR)


def test_an_alarm_that_was_in_alarm_before_counts_only_inside_of_the_period() -> None:
    events = [change("a", "ALARM", AT - 30 * HOUR), change("a", "OK", AT - 23 * HOUR)]
    (use,) = uses(episodes(events), DAY.start_ms, DAY.end_ms)
    assert (use.seconds, use.open_since) == (3_600, 0)


def test_four_episodes_in_an_hour_are_flapping_and_three_are_not() -> None:
    for count, expected in ((3, False), (4, True)):
        events = [
            change("a", state, AT - HOUR + start * 15 * MINUTE + after)
            for start in range(count)
            for state, after in (("ALARM", 0), ("OK", MINUTE))
        ]
        (use,) = uses(episodes(events), DAY.start_ms, DAY.end_ms)
        assert use.is_flapping is expected


def test_estimates_and_what_could_not_be_read_are_said() -> None:
    guessed = replace(_use("many", 20_000), is_exact=False)
    said = text.as_text(_report(ReportData(errors=(guessed,), notes=("tag compliance, because of AccessDenied",))))
    assert "errors: ≈ 20,000" in said
    assert "Not in this report: tag compliance, because of AccessDenied" in said


def test_sections_of_what_an_environment_has_not_are_left_out() -> None:
    titles = [section.title for section in _report(ReportData()).sections]
    assert "Tag compliance" not in titles
    assert "Objectives" not in titles
    found = ReportData(compliance=(ComplianceTotal("checkout", "us-east-1", 9, 2),), objectives=())
    titles = [section.title for section in _report(found).sections]
    assert {"Tag compliance", "Objectives"} <= set(titles)


class _Tags(html.parser.HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


PAGE_TAGS = {"html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "main", "ul", "li", "strong"}
PAGE_TAGS |= {"span", "section", "table", "thead", "tbody", "tr", "th", "td", "i", "svg", "line", "text", "rect"}
PAGE_TAGS |= {"small"}
MAIL_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "body",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "p",
    "span",
    "strong",
    "code",
}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60) | st.just(HOSTILE))
def test_no_text_of_a_log_is_markup_in_any_form(words: str) -> None:
    report = _report(ReportData(errors=(_use(words, 3), _use(f"{words}!", 2)), notes=(words,)))
    for made, allowed in ((page.as_page(report), PAGE_TAGS), (mail.as_mail(report), MAIL_TAGS)):
        seen = _Tags()
        seen.feed(made)
        assert seen.tags <= allowed
        assert not {name for name in seen.attributes if name.startswith("on") or name in ("src", "href")}
    blocks = json.dumps(slack.message(report)["blocks"])
    marked = [block for block in slack.message(report)["blocks"] if "mrkdwn" in json.dumps(block)]
    assert words == "" or not any("<!channel>" in json.dumps(block) for block in marked)
    assert "\\u202e" not in blocks


def test_slack_names_the_columns_and_keeps_cells_below_them() -> None:
    row = Row(("KeyError", "3", "", "owner", ""), 3)
    section = Section("New errors", ("Error", "Times", "Before", "Owner", "Note"), (row,), 1, "")
    head, rows = slack.message(replace(QUIET, sections=(section,)))["blocks"][-4:-2]
    assert head["text"]["text"] == "*New errors*\nError · Times · Before · Owner · Note"
    assert rows["text"]["text"] == "• KeyError · 3 · – · owner"


def test_slack_takes_the_largest_report() -> None:
    rows = tuple(Row((f"{number} {'<' * 300}", "1" * 200, "x"), number + 1) for number in range(25))
    wide = tuple(Section(f"Section {number}", ("A", "B", "C"), rows, 10_000, "", has_bars=True) for number in range(40))
    message = slack.message(replace(QUIET, sections=wide, notes=tuple("n" * 900 for _ in range(9))))
    blocks = message["blocks"]
    assert len(blocks) <= 50
    texts = [json.loads(json.dumps(block)) for block in blocks]
    for block in texts:
        parts = [block["text"]] if "text" in block else block.get("fields", block.get("elements", []))
        limit = 150 if block["type"] == "header" else 2_000 if "fields" in block else 3_000
        assert len(parts) <= 10
        assert all(0 < len(part["text"]) <= limit for part in parts)
    assert sum(len(json.dumps(block, ensure_ascii=False)) for block in texts) < 20_000
    assert "Too long for this message" in json.dumps(blocks)


def test_mails_stay_within_what_mail_programs_and_sns_take() -> None:
    rows = tuple(Row(("é" * 5_000, "1", "x"), 1) for _ in range(25))
    wide = tuple(Section(f"Section {number}", ("A", "B", "C"), rows, 10_000, "") for number in range(200))
    report = replace(QUIET, sections=wide)
    assert len(mail.as_mail(report).encode()) < 102_000
    assert "Too long for this mail" in mail.as_mail(report)
    assert len(text.as_text(report).encode()) < 256_000
    assert "more lines, too long for a mail" in text.as_text(report)
    subject = text.subject(replace(report, project="zahlungsverkehr-größe" * 9))
    assert len(subject) < 100
    assert subject.isascii()


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    made = page.as_page(_report(ReportData(errors=(_use("x", 3),))))
    assert "default-src 'none'" in made
    assert "http" not in made.replace("http-equiv", "")
    assert "<script" not in made
    assert "prefers-color-scheme: dark" in made


@pytest.mark.parametrize("type_", [EventType.TASK_FAILURE, EventType.DEPLOYMENT])
def test_events_outside_of_the_period_are_not_listed(type_: EventType) -> None:
    inside = Event("1", type_, CHECKOUT, AT - HOUR, "medium", "inside", "a")
    outside = Event("2", type_, CHECKOUT, AT - 30 * HOUR, "medium", "outside", "b")
    said = text.as_text(_report(ReportData(events=(inside, outside))))
    assert "inside" in said
    assert "outside" not in said
