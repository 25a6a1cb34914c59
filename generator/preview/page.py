"""The page: one HTML file with its style sheet, its script and everything that they show.

The ids of its own elements begin with an underscore: any other name can be that of an environment.

Nothing is requested: its own policy forbids it. Everything that is in a spec goes through `text`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from generator.preview.accounts import member_lines
from generator.preview.assets import policy, script_text, style_text
from generator.preview.filters import filters_html
from generator.preview.markup import fragment, reference, text
from generator.preview.sections import PageSection, navigation, sections_of, total_words
from generator.preview.types import EnvironmentPreview, Preview, PreviewFinding

_HELP = (
    ("text", "names, summaries, conditions, queries"),
    ("severity:critical", "also low, medium, high, none"),
    ("owner:payments", "the beginning of an owner is enough"),
    ("account:ledger", "by name or ID"),
    ("service: channel: kind:", "as the cards have them; kind is alarms, composites or event-rules"),
    ("is:changed  is:added", "what differs from the revision"),
    ("tests:no", "alarms that no test mentions"),
    ("-word  a,b", "without; one of several"),
)


def page_html(preview: Preview, *, is_served: bool = False) -> str:
    """The page as one HTML file. is_served: whether it reloads when its server says so."""
    return "".join(_parts(preview, is_served=is_served))


def failure_html() -> str:
    """The page of a file that had errors from the start: what they are comes with the first event."""
    style, script = style_text(), script_text("live")
    return (
        f"{_head('obsgen preview', policy(style, (script,), is_served=True), style)}<main>"
        '<div id="_failure" role="alert"></div>'
        f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _head(title: str, rules: str, style: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{rules}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _parts(preview: Preview, *, is_served: bool) -> Iterator[str]:
    style = style_text() + preview.own_style
    scripts = (script_text(), *((script_text("live"),) if is_served else ()))
    rules = policy(style, scripts, is_served=is_served)
    yield _head(f"{preview.project}: alarms and dashboards", rules, style)
    first = fragment(preview.environments[0].estate.environment, "alarms")
    yield f'<a class="skip" href="{reference(first)}">Skip to the alarms</a>\n'
    yield _bar(preview)
    yield '<main id="_content" tabindex="-1">\n'
    if is_served:
        yield '<div id="_failure" role="alert" hidden></div>\n'
    for environment in preview.environments:
        yield from _environment(environment, preview)
    yield '<p id="_nothing" hidden>Nothing matches. <button type="button" data-clear>Clear the search</button></p>\n'
    yield "</main>\n"
    yield f'<script type="application/json" id="_accounts">{_accounts(preview)}</script>\n'
    yield from (f"<script>{script}</script>\n" for script in scripts)
    yield "</body>\n</html>\n"


def _bar(preview: Preview) -> str:
    names = [environment.estate.environment for environment in preview.environments]
    tabs = "".join(
        f'<li><a href="{reference(name)}" data-environment="{text(name)}">{text(name)}</a></li>' for name in names
    )
    rows = "".join(f"<dt><code>{text(words)}</code></dt><dd>{text(meaning)}</dd>" for words, meaning in _HELP)
    return (
        f'<header class="bar"><h1>{text(preview.project)}</h1>'
        f'<nav aria-label="Environments"><ul class="tabs">{tabs}</ul></nav>'
        '<search class="find"><label class="hidden-text" for="_query">Search alarms</label>'
        '<input id="_query" type="search" autocomplete="off" spellcheck="false" aria-describedby="_found"'
        ' placeholder="Search, or severity:critical owner:…"><kbd aria-hidden="true">/</kbd>'
        '<output id="_found" for="_query" aria-live="polite"></output>'
        f'<details class="help"><summary aria-label="How to search"><span aria-hidden="true">?</span></summary>'
        f'<div class="panel"><dl>{rows}</dl>'
        '<label><input type="checkbox" id="_keys" checked> Keys: / search, j and k the next and the last card</label>'
        "</div></details></search>"
        '<button type="button" id="_theme" title="Colors: as the system has them"><span aria-hidden="true">◐</span>'
        "</button></header>\n"
    )


def _environment(environment: EnvironmentPreview, preview: Preview) -> Iterator[str]:
    name = environment.estate.environment
    sections: list[PageSection] = [*sections_of(environment, preview.revision, preview.removed)]
    counts = Counter(finding.severity.value for finding in preview.findings)
    yield f'<section class="environment" id="{text(name)}" data-name="{text(name)}"'
    yield f' data-hub="{text(environment.estate.hub.account)}" aria-label="{text(name)}">\n'
    cards = [card for section in sections for card in section.cards]
    yield f'<div class="side">{navigation(sections, name)}{filters_html(environment, cards)}</div>\n'
    yield f'<div class="content">\n<header class="top"><h2>{text(name)}</h2>'
    yield f'<p class="about">{text(_subtitle(environment))}</p>'
    totals = "".join(f"<li><b>{text(value)}</b> {text(noun)}</li>" for value, noun in total_words(environment, counts))
    yield f'<ul class="totals">{totals}</ul></header>\n'
    if preview.findings:
        yield _findings(preview.findings)
    for section in sections:
        identifier = fragment(name, section.name)
        number = f' <span class="number">{section.number}</span>' if section.number else ""
        yield f'<section class="part {section.name}" id="{text(identifier)}" data-part="{section.name}">'
        yield f"<h3>{section.title}{number}</h3>{section.html}</section>\n"
    yield "</div>\n</section>\n"


def _subtitle(environment: EnvironmentPreview) -> str:
    regions = environment.estate.regions
    words = [f"Region{'s' * (len(regions) > 1)} {', '.join(regions)}", f"hub {environment.estate.hub.account}"]
    if environment.capture:
        words.append(f"history over {environment.capture.window}, night {environment.capture.night}")
    else:
        words.append("charts show sample data")
    return " · ".join(words)


def _findings(findings: Sequence[PreviewFinding]) -> str:
    rows = "".join(map(_finding, findings))
    return f'<section class="findings" aria-label="Findings"><ul>{rows}</ul></section>'


def _finding(finding: PreviewFinding) -> str:
    hint = f' <i class="hint">{text(finding.hint)}</i>' if finding.hint else ""
    place = f"<code>{text(finding.place)}</code> " if finding.place else ""
    severity = finding.severity.value
    return f'<li class="{severity}">{place}<b>{severity} {text(finding.code)}</b> {text(finding.message)}{hint}</li>'


def _accounts(preview: Preview) -> str:
    """The members of all environments by name, for the search. No end of a script can stand in it."""
    known = {name: number for environment in preview.environments for name, number in member_lines(environment.estate)}
    return json.dumps(known, separators=(",", ":")).replace("<", "\\u003c")
