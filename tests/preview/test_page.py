"""The page as text: what it says of a build, that nothing of a spec becomes markup, and that it is always the same."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import yaml

from generator.build import Built
from generator.findings import Severity
from generator.model.estate import Estate
from generator.preview.accounts import alarm_counts
from generator.preview.card import short_places
from generator.preview.charts.hours import hours_class, hours_css
from generator.preview.charts.time_axis import ChartWindow
from generator.preview.data.sample import SampleSource
from generator.preview.differences import marks_of
from generator.preview.drawn import drawn
from generator.preview.markup import MOST, link, text
from generator.preview.page import page_html
from generator.preview.recipients import WAITING_TYPES
from generator.preview.types import AlarmHistory, EnvironmentPreview, Preview, PreviewFinding
from generator.preview.word_lists import word_lists_html
from generator.render.diff import EnvironmentDiff
from generator.render.section_words import Change
from handlers.incident.channel_types import PAGER_TYPES, READ_TYPES
from tests.preview.specs import MARKUP, TURNED, page_of, small
from tests.support import built, spec

VOID = {"meta", "input", "img", "br", "wbr"}


@pytest.fixture(scope="module")
def made() -> Built:
    return small()


@pytest.fixture(scope="module")
def page(made: Built) -> str:
    return page_of(made)


class Outline(HTMLParser):
    """Elements that are open and never closed, attributes by name, ids, and the levels of headings."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.attributes: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.targets: set[str] = set()
        self.elements: Counter[str] = Counter()
        self.levels: list[int] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes[name] += 1
            if name == "id":
                self.ids[value or ""] += 1
            if name == "href" and value and value.startswith("#"):
                self.targets.add(value[1:])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def card(page: str, name: str) -> str:
    """The words of a card, by its id."""
    start = page.index(f'id="{name}"')
    return html.unescape(re.sub(r"<[^>]+>", " ", page[page.index(">", start) + 1 : page.index("</article>", start)]))


def words(page: str, name: str) -> str:
    return " ".join(card(page, name).split())


def test_a_card_says_when_who_where_and_what_it_costs(page: str) -> None:
    said = words(page, "prod/alarms/errors")
    assert said.startswith("critical errors-alarm-prod 0.30 USD a month in 3 accounts Orders fail Sum > 5 in 1 period")
    assert "Differs beta Sum > 9 in 1 period of 1 minute; missing data: breaching; severity low" in said
    assert "critical in alpha, gamma pager pagerduty mail email day and night" in said
    assert "low in beta mail email from 22:00 to 07:00 (Europe/Berlin) mail waits for 07:00" in said
    assert "Deployed to alpha, beta, gamma; us-east-1" in said
    assert "missing data: breaching Runbook wiki.example.com/ errors Measures" in said, "first of all"
    assert "Owner shop Tests" in said
    assert "Tests none mentions it" in said
    assert "In the file alarms.errors" in said


def test_who_is_notified_later_waits_for_the_end_of_quiet_hours_too() -> None:
    """docs/language/incidents.md, quiet hours: pages of these severities wait; the others' do not."""
    quiet = 'quiet: {severities: [medium, low], from: "22:00", to: "07:00", timezone: Europe/Berlin}'
    escalate = "escalate: {medium: {after: 1h, to: [pager]}, critical: {after: 5m, to: [pager]}}"
    more = "serious: {metric: {filter: errors}, statistic: Sum, threshold: '> 9', severity: critical}"
    change = (
        f"channels: {{pager: {{type: pagerduty, secret: shop/pager}}}}\nincidents: {{{quiet}, {escalate}}}\n"
        f"alarms: {{errors: {{severity: medium}}, {more}}}"
    )
    page = page_of(built(spec(change)))
    assert "pager too, if not acknowledged after 1 hour, and not in these hours Deployed" in words(
        page, "prod/alarms/errors"
    )
    assert "day and night; pager too, if not acknowledged after 5 minutes Deployed" in words(
        page, "prod/alarms/serious"
    )


def test_composites_link_their_parts(page: str) -> None:
    assert "Parts errors, cpu".replace(", ", " , ") in words(page, "prod/composites/shop-down")
    assert '<a href="#prod/alarms/errors">errors</a>' in page


def test_the_channels_that_wait_at_night_are_those_of_the_incident_function() -> None:
    assert WAITING_TYPES == PAGER_TYPES | READ_TYPES


def test_tests_history_and_changes_are_on_the_card(made: Built) -> None:
    estate = made.estates["prod"]
    change = Change("changed", "alarms", "errors-alarm-prod", "threshold 7 → 5; in alpha, beta and gamma")
    environment = EnvironmentPreview(
        estate,
        made.costs["prod"],
        tests={"errors": ["six errors page", "five do not", "silence is an alarm", "and more"]},
        history={"errors-alarm-prod": AlarmHistory(2, 4, 1, 720, 8.6, ("alpha",), ("no data",))},
        difference=EnvironmentDiff("prod", "", (change,), (), ()),
    )
    page = page_html(Preview("shop", [environment], revision="main"))
    said = words(page, "prod/alarms/errors")
    assert "changed" in said and "threshold 7 → 5; in alpha, beta and gamma" in said
    assert "six errors page five do not silence is an alarm 1 more and more" in said
    assert "4 firings (1 at night) in alpha, 8.6 a month, the longest 12 min; elsewhere not judged: no data" in said
    assert "What changes" in page and 'data-is="changed"' in page
    assert '</span><span><a href="#prod/alarms/errors">errors-alarm-prod</a> threshold 7' in page
    assert marks_of(environment.difference) == {"errors-alarm-prod": [("changed", change.sentence)]}


def test_findings_are_counted_and_shown(made: Built) -> None:
    finding = PreviewFinding(Severity.WARNING, "H09", "observability.yaml:3:1", "alarms.x: odd", "write it otherwise")
    page = page_of(made, findings=[finding])
    assert "<b>1</b> warning, cfn-lint not run" in page
    assert "<code>observability.yaml:3:1</code> <b>warning H09</b> alarms.x: odd" in page
    assert "<b>no</b> findings, cfn-lint not run" in page_of(made)


def test_each_account_has_its_number_of_alarms() -> None:
    low, off = "{where: {account: beta}, severity: low}", "{where: {account: gamma}, enabled: false}"
    estate = built(spec(f"alarms: {{errors: {{severity: critical, overrides: [{low}, {off}]}}}}")).estates["prod"]
    counts, hub = alarm_counts(estate)
    assert {name: +counter for name, counter in counts.items()} == {
        "alpha": Counter(critical=1),
        "beta": Counter(low=1),
        "gamma": Counter(),
    }
    assert hub == Counter()


def test_an_account_of_several_regions_says_that_its_alarms_are_in_each() -> None:
    several = page_of(built(spec("regions: [us-east-1, eu-west-1]\naccounts: {beta: {regions: [eu-west-1]}}")))
    assert "1 alarm<i> in us-east-1, eu-west-1</i>" in tile(several, "alpha")
    assert "1 alarm<i> in eu-west-1</i>" in tile(several, "beta")
    assert "Regions us-east-1, eu-west-1 " in several
    single = page_of(built(spec()))
    assert "1 alarm</span>" in tile(single, "alpha") and "Region us-east-1 " in single


def tile(page: str, account: str) -> str:
    start = page.index(f'id="prod/accounts/{account}"')
    return page[start : page.index("</li>", start)]


def test_an_alarm_of_the_hub_that_is_disabled_is_not_counted() -> None:
    total = "in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: '> 9'"
    change = f"alarms: {{one: {{{total}}}, two: {{{total}, enabled: false}}}}"
    assert alarm_counts(built(spec(change)).estates["prod"])[1] == Counter(medium=1)


def test_the_numbers_of_an_account_have_words_besides_colors(page: str) -> None:
    said = html.unescape(re.sub(r"<[^>]+>", " ", tile(page, "beta").partition(">")[2]))
    assert " ".join(said.split()).startswith("beta 333333333333 2 alarms 1 medium 1 low ")


def test_very_many_accounts_are_those_that_do_not_have_it() -> None:
    members = [f"m{number}" for number in range(100)]
    assert short_places(["m1", "m2", "m1"], members) == ("m1", "m2")
    assert short_places([*members[2:], "accounts that join later"], members) == (
        "*",
        "-m0",
        "-m1",
        "accounts that join later",
    )
    assert short_places(members[:40], members) == tuple(members[:40])
    assert short_places(["the hub"], []) == ("the hub",)


def test_filters_have_what_the_cards_have(page: str) -> None:
    side = page[page.index('<section class="environment" id="prod"') :]
    filters = side[side.index('<div class="filters">') : side.index('<div class="content">')]
    numbers = dict(re.findall(r'value="(\w+)" aria-pressed="false">.*?<i>(\d+)</i>', filters))
    assert numbers == {"critical": "3", "high": "3", "medium": "2", "low": "1"}
    assert re.findall(r'data-key="(\w+)"', filters) == ["owner", "account"], "of one service there is no choice"
    assert re.findall(r"<option[^>]*>([^<]+)", filters) == [
        "all",
        "platform",
        "shop",
        "all",
        "alpha",
        "beta",
        "gamma",
        "hub",
    ]


def test_the_hours_of_cards_are_rules_of_the_style_sheet() -> None:
    noon = 12 * 3_600
    assert hours_css([ChartWindow(noon, noon + 3 * 3_600)] * 2) == (
        ".c-h43200-10800::after{left:calc(36px - 2.2ch + (100% - 50px)*0);"
        'width:calc(2*2.2ch + (100% - 50px)*1);content:"12:00 13:00 14:00 15:00"/""}\n'
    )
    assert hours_class(ChartWindow(noon, noon + 3 * 3_600)) == "c-h43200-10800"


def test_a_card_is_small(made: Built) -> None:
    """2,000 cards open in under a second because each has few elements: what is one more here is 2,000 on a page."""
    estate = made.estates["prod"]
    charts = drawn(estate, made.templates["prod"]["hub.template.yaml"], SampleSource(), {}).charts
    page = page_html(Preview("shop", [EnvironmentPreview(estate, made.costs["prod"], charts=charts)]))
    start = page.index('<article class="card" id="prod/alarms/cpu"')
    card = page[start : page.index("</article>", start)]
    assert "<figure" in card and len(re.findall("<[a-z]", card)) <= 40 and len(card) <= 2_000, card


def test_the_document_is_well_formed_and_every_link_has_its_target(page: str) -> None:
    outline = Outline(page)
    assert (outline.wrong, outline.open) == ([], [])
    assert [name for name, number in outline.ids.items() if number > 1] == []
    assert outline.targets - set(outline.ids) == set()
    assert outline.levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(outline.levels))


def test_nothing_runs_or_is_loaded_but_what_the_policy_names(page: str) -> None:
    outline = Outline(page)
    assert not {name for name in outline.attributes if name.startswith("on") or name in ("style", "src", "srcset")}
    assert outline.elements["style"] == 1 and outline.elements["script"] == 2
    assert not outline.elements.keys() & {"img", "link", "iframe", "object", "embed", "form", "base"}
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    sources = [part.partition(" ") for part in policy[1].split("; ")]
    allowed = {name: value for name, _, value in sources}
    assert allowed == {
        "default-src": "'none'",
        "style-src": digest(page, "style"),
        "script-src": digest(page, "script"),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def digest(page: str, tag: str) -> str:
    sources = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in sources)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def test_the_same_spec_is_the_same_page() -> None:
    data = yaml.safe_load(spec())
    turned = {name: dict(reversed(value.items())) if isinstance(value, dict) else value for name, value in data.items()}
    shuffled = yaml.safe_dump(dict(reversed(turned.items())), sort_keys=False)
    assert shuffled != spec()
    assert page_of(built(shuffled)) == page_of(built(spec()))


@pytest.mark.parametrize("hostile", [MARKUP, TURNED, "x" * 100_000, "\x1b[2J", "&amp;", "'\"`"])
def test_text_of_a_spec_is_text(hostile: str) -> None:
    estate: Estate = built(spec()).estates["prod"]
    alarm = replace(estate.alarms[0], key=hostile, name=hostile, owner=hostile, summary=hostile, runbook=hostile)
    made = replace_estate(replace(estate, alarms=(alarm,), project=hostile))
    outline = Outline(made)
    assert (outline.wrong, outline.open) == ([], [])
    assert outline.elements["script"] == 2 and not outline.elements["img"]
    assert len(made) < 200_000
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", made)


def replace_estate(estate: Estate) -> str:
    return page_html(Preview(estate.project, [EnvironmentPreview(estate, built(spec()).costs["prod"])]))


def test_long_and_invisible_text_is_cut_and_written_out() -> None:
    assert text("a\u202eb\x00c\td") == r"a\u202eb\x00c d"
    assert text("x" * (MOST + 1)) == f"{'x' * MOST}… ({MOST + 1:,} characters)"
    assert link("javascript:alert(1)") == "javascript:alert(1)"
    assert link("https://[") == "https://["
    assert link("https://a.example/?a=1&b") == (
        '<a href="https://a.example/?a=1&amp;b" rel="noreferrer">a.example/<wbr>?a=1&amp;b</a>'
    )


def test_sections_of_the_catalogue_are_lists_tables_and_words() -> None:
    lines = [
        "",
        "## Heading <b>",
        "",
        "- **Key** `a|b` <x>",
        "- second",
        "",
        "| a | b |",
        "| --- | --- |",
        r"| 1\|2 | `c` |",
    ]
    assert word_lists_html(lines) == (
        "<h4>Heading &lt;b&gt;</h4><ul><li><b>Key</b> <code>a|b</code> &lt;x&gt;</li><li>second</li></ul>"
        '<div class="wide" role="group" aria-label="Table" tabindex="0"><table><thead><tr><th scope="col">a</th>'
        '<th scope="col">b</th></tr></thead><tbody><tr class="item"><th scope="row">1|2</th>'
        "<td><code>c</code></td></tr></tbody></table></div>"
    )
