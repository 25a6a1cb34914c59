"""The page in Chromium: what people find, reach by keyboard and read, on every screen, and that nothing leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from generator.preview.page import page_html
from generator.preview.types import EnvironmentPreview, Preview
from generator.render.diff import EnvironmentDiff
from generator.render.section_words import Change
from tests.command import obsgen
from tests.preview.browser import Opened, opened, started
from tests.preview.specs import MARKUP, SMALL, TURNED, small
from tests.support import OWN_METRICS, spec

PHONE = {"viewport": {"width": 360, "height": 780}}
# https://www.w3.org/TR/WCAG22/: levels A and AA.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# What is out of sight has no layout, and no colours to judge.
SHOW_ALL = """
for (const card of document.querySelectorAll('.card, .dashboard, .wide')) card.style.contentVisibility = 'visible';
for (const details of document.querySelectorAll('details')) details.open = true;
"""
HOSTILE = f"""
alarms:
  errors: {{summary: '{MARKUP}'}}
  long: {{metric: {{namespace: '{"N" * 200}', name: '{"x" * 250}'}}, statistic: Sum, threshold: "> 5", warm_up: 1h}}
  turned: {{metric: {{filter: errors}}, statistic: Sum, threshold: "> 6", summary: "{TURNED}"}}
dashboards:
  shop: {{widgets: [{{type: text, markdown: '{MARKUP} [x](javascript:alert(3))'}}]}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as chromium:
        yield chromium


def written(folder: Path, change: str) -> str:
    """The address of the page of a spec."""
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")
    done = obsgen(folder, "preview")
    assert done.returncode == 0, done.stderr
    return (folder / "preview.html").as_uri()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Opened]:
    with opened(browser, f"{address}#prod") as found:
        yield found
        assert found.errors == []
        assert set(found.requests) == {address}


def cards(found: Opened) -> list[str]:
    return found.visible(".card h4")


def search(found: Opened, text: str) -> list[str]:
    found.page.fill("#_query", text)
    return [name.removesuffix("-alarm-prod") for name in cards(found)]


SEARCHES = [
    ("orders fail", ["errors"]),
    ("severity:critical", ["errors"]),
    ("severity:low,high", ["errors", "shop-down"]),
    ("severity:medium severity:high kind:alarms", ["cpu"]),
    ("owner:plat", ["cpu"]),
    ("-owner:shop kind:alarms", ["cpu"]),
    ("account:beta severity:low", ["errors"]),
    ("account:333333333333 severity:low", ["errors"]),
    ("channel:pager", ["errors"]),
    ('"orders fail" CPUUtil', []),
    ("is:changed", []),
    ("no such thing", []),
    ("nokey:x", []),
]


@pytest.mark.parametrize(("text", "names"), SEARCHES, ids=[text for text, _ in SEARCHES])
def test_search(page: Opened, text: str, names: list[str]) -> None:
    found = [name for name in search(page, text) if not name.startswith("databases")]
    assert found == names
    assert page.page.locator("#_nothing").is_visible() == (not page.visible(".part"))


def test_a_search_is_said_kept_in_the_address_and_cleared_by_escape(page: Opened) -> None:
    page.page.goto(page.page.url.partition("#")[0] + "#prod?owner%3Aplatform")
    page.page.wait_for_function("document.getElementById('_query').value === 'owner:platform'")
    assert page.page.input_value("#_query") == "owner:platform"
    assert page.page.inner_text("#_found") == "1 found"
    page.page.keyboard.press("Escape")
    assert page.page.input_value("#_query") == "" and page.page.url.endswith("#prod")
    assert len(cards(page)) > 3


def test_dashboards_are_a_line_each_while_there_is_a_search(page: Opened) -> None:
    search(page, "")
    widgets = page.page.locator(".environment:visible .w-widget:visible")
    assert widgets.count() > 0
    assert search(page, "errors") and widgets.count() == 0
    assert page.visible(".dashboard h4") == ["orders-dashboard-prod", "shop-dashboard-prod"]
    search(page, "")
    assert widgets.count() > 0


def test_filters_write_into_the_search(page: Opened) -> None:
    search(page, "")
    button = page.page.locator('.environment:visible button[value="critical"]')
    button.click()
    assert page.page.input_value("#_query") == "severity:critical"
    assert button.get_attribute("aria-pressed") == "true"
    page.page.locator(".environment:visible select").first.select_option("shop")
    assert page.page.input_value("#_query") == "severity:critical owner:shop"
    button.click()
    assert page.page.input_value("#_query") == "owner:shop"
    page.page.locator(".environment:visible select").first.select_option("")
    assert page.page.input_value("#_query") == ""


def test_filters_show_what_the_search_says(page: Opened) -> None:
    select = page.page.locator('.environment:visible select[data-key="owner"]')
    for text in ("owner:platform", "-owner:platform", "owner:platform cpu", "owner:platform,shop", ""):
        search(page, text)
        assert select.input_value() == ("platform" if text in ("owner:platform", "owner:platform cpu") else ""), text


def test_the_skip_link_leads_to_the_alarms_of_the_environment(page: Opened) -> None:
    search(page, "")
    assert page.page.get_attribute(".skip", "href") == "#prod/alarms"
    page.page.locator(".skip").focus()
    page.page.keyboard.press("Enter")
    page.page.wait_for_function("location.hash === '#prod/alarms'")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.closest('.part').id") == "prod/alarms"


def test_keyboard(page: Opened) -> None:
    search(page, "")
    keyboard = page.page.keyboard
    keyboard.press("Escape")
    keyboard.press("/")
    assert page.page.evaluate("document.activeElement.id") == "_query"
    keyboard.type("kind:alarms")
    keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.id") == "prod/alarms/errors"
    keyboard.press("j")
    assert page.page.evaluate("document.activeElement.id") == "prod/alarms/cpu"
    keyboard.press("k")
    assert page.page.evaluate("document.activeElement.id") == "prod/alarms/errors"
    keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.textContent") == "errors-alarm-prod"
    page.page.click(".help summary")
    page.page.uncheck("#_keys")
    keyboard.press("j")
    assert page.page.evaluate("document.activeElement.id") != "prod/alarms/cpu", "single keys can be turned off"
    page.page.check("#_keys")
    keyboard.press("Escape")
    assert not page.page.locator(".help .panel").is_visible()
    page.page.locator('[id="prod/alarms/errors"] h4 a').focus()
    outline = page.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "what has the focus can be seen"


def test_deep_links_show_their_environment_and_what_a_search_has_hidden(page: Opened) -> None:
    search(page, "owner:platform")
    base = page.page.url.partition("#")[0]
    page.page.goto(f"{base}#dev/alarms/errors")
    page.page.locator('[id="dev"]').wait_for()
    assert page.visible(".environment > .content h2") == ["dev"]
    assert page.page.evaluate("document.activeElement.id") == "dev/alarms/errors"
    assert page.page.input_value("#_query") == ""
    page.settle()
    box = page.page.locator('[id="dev/alarms/errors"]').bounding_box()
    assert box and 40 <= box["y"] <= 200, "below the bar"
    page.page.goto(f"{base}#prod")
    page.page.locator('[id="prod"]').wait_for()
    assert page.page.locator(".tabs [aria-current]").inner_text() == "prod"
    dashboard = page.page.locator(".environment:visible .dashboard").last
    page.page.goto(f"{base}#{dashboard.get_attribute('id')}")
    dashboard.locator(".w-widget").first.wait_for()
    page.page.goto(f"{base}#prod")


def test_colors_follow_the_system_or_the_switch(browser: Browser, address: str) -> None:
    with opened(browser, address, color_scheme="dark") as found:

        def paper() -> tuple[str, str | None]:
            color = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
            return str(color), found.page.get_attribute("#_theme", "title")

        dark = paper()
        found.page.click("#_theme")
        light = paper()
        assert light[0] != dark[0]
        assert (dark[1], light[1]) == ("Colors: as the system has them", "Colors: light")
        found.page.reload()
        assert paper() == light, "the choice is kept"
        assert found.errors == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_no_violation_of_wcag_and_no_sideways_scroll(browser: Browser, address: str, options: dict[str, Any]) -> None:
    with opened(browser, f"{address}#prod", reduced_motion="reduce", **options) as found:
        found.page.evaluate(SHOW_ALL)
        found.settle()
        assert found.page.locator(".dashboard noscript").count() == 0
        widths = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1]
        violations = Axe().run(found.page, options=RULES).response["violations"]
        assert [(row["id"], row["nodes"][0]["html"]) for row in violations] == []
        assert found.page.locator("main, header, nav, search").count() > 3
        assert found.errors == []


def test_hostile_names_are_words(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path, HOSTILE), **PHONE) as found:
        found.page.evaluate(SHOW_ALL)
        found.settle()
        assert found.page.locator(".dashboard noscript").count() == 0
        assert found.errors == [] and len(found.requests) == 1
        assert found.page.locator("img, script[src], a[href^='javascript:']").count() == 0
        assert MARKUP in found.text(".summary")
        widths = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1]
        assert r"\u202eevil" in found.text("main")
        found.page.locator("select").last.select_option("alpha")
        assert found.page.input_value("#_query") == "account:alpha"


def test_alarms_of_very_many_accounts_are_found_by_account(browser: Browser, tmp_path: Path) -> None:
    members = ", ".join(f'm{number}: {{id: "{500_000_000_000 + number}"}}' for number in range(30))
    off = "overrides: [{where: {account: m7}, enabled: false}]"
    change = f"accounts: {{alpha: null, beta: null, gamma: null, {members}}}\nalarms: {{errors: {{{off}}}}}"
    with opened(browser, written(tmp_path, change)) as found:
        assert 'data-account="* -m7"' in found.page.content()
        assert [search(found, f"account:{name}") for name in ("m8", "500000000008", "m7", "m99")] == [
            *(["errors"], ["errors"], [], [])
        ]
        assert found.errors == []


def test_an_environment_may_have_any_name(browser: Browser, tmp_path: Path) -> None:
    names = ["accounts", "content", "failure", "found", "keys", "nothing", "query", "theme"]
    change = f"environments: [{', '.join(names)}]\naccess: {{owned_by: query}}\naccounts: {{alpha: null, beta: null}}\n"
    with opened(browser, written(tmp_path, change + OWN_METRICS)) as found:
        assert found.errors == []
        widths = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], "the map of one unit"
        found.page.locator(".tabs a", has_text="theme").click()
        assert found.page.locator(".environment:visible").get_attribute("id") == "theme"
        found.page.fill("#_query", "severity:low")
        assert cards(found) == [] and found.page.locator("#_nothing").is_visible()


def test_the_account_of_the_hub_finds_the_alarms_of_the_hub(browser: Browser, tmp_path: Path) -> None:
    members = ", ".join(f'm{number}: {{id: "{500_000_000_000 + number}"}}' for number in range(30))
    dev, prod = "1" * 12, "9" * 12
    hubs = f'dev: {{hub: {{account: "{dev}"}}}}, prod: {{hub: {{account: "{prod}"}}}}'
    total = "total: {in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: '> 9'}"
    change = f"environments: {{{hubs}}}\naccounts: {{{members}}}\nalarms: {{{total}}}\naccess: {{owned_by: prod}}\n"
    with opened(browser, f"{written(tmp_path, change + OWN_METRICS)}#dev") as found:
        found.page.locator(".tabs a", has_text="dev").click()
        for text, names in {"hub": ["total"], dev: ["total"], prod: [], "m3": ["errors"]}.items():
            found.page.fill("#_query", f"account:{text}")
            assert cards(found) == [f"{name}-alarm-dev" for name in names], text


def test_a_reviewer_goes_from_a_change_to_its_card(browser: Browser, tmp_path: Path) -> None:
    made = small()
    change = Change("changed", "alarms", "errors-alarm-prod", "threshold 7 → 5")
    difference = EnvironmentDiff("prod", "", (change,), (), ())
    estate = EnvironmentPreview(made.estates["prod"], made.costs["prod"], difference=difference)
    (tmp_path / "page.html").write_text(page_html(Preview("shop", [estate], revision="main")), encoding="utf-8")
    with opened(browser, (tmp_path / "page.html").as_uri()) as found:
        found.page.get_by_role("button", name="Show the card").click()
        assert found.page.input_value("#_query") == "is:added,changed" and cards(found) == ["errors-alarm-prod"]
        found.page.keyboard.press("Escape")
        found.page.locator(".changes a").click()
        found.page.wait_for_function("document.activeElement.id === 'prod/alarms/errors'")
        assert found.errors == []


def test_the_search_of_the_browser_finds_what_is_out_of_sight(page: Opened) -> None:
    search(page, "")
    assert page.page.evaluate("scrollTo(0, 0), find('alarms.cpu')"), "text of a card"
    assert page.page.evaluate("getSelection().anchorNode.parentElement.closest('.card').id") == "prod/alarms/cpu"


def test_without_scripts_everything_is_there_but_what_needs_them(browser: Browser, address: str) -> None:
    with opened(browser, address, java_script_enabled=False) as found:
        assert len(found.visible(".environment > .content h2")) == 2
        assert found.visible(".card h4").count("errors-alarm-dev") == 1
        assert found.visible(":is(.find, .filters, #_theme)") == []
        assert found.errors == []
        found.page.locator(".dashboard summary").nth(1).click()
        assert found.page.locator(".dashboard").nth(1).locator(".w-widget").first.is_visible()


def test_print_shows_the_environment_and_no_controls(page: Opened) -> None:
    page.page.emulate_media(media="print")
    assert not page.page.locator(".bar").is_visible()
    assert page.page.locator(".environment:visible").count() == 1
    page.page.emulate_media(media="screen")
