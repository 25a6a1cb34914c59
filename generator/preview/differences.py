"""What differs from a revision: the sentences of `obsgen diff`, and the marks of the cards that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.preview.markup import text
from generator.preview.types import EnvironmentPreview
from generator.render.diff import EnvironmentDiff, is_detail, sections_of
from generator.wording import pluralize

Marks = Mapping[str, Sequence[tuple[str, str]]]
# Areas of a comparison whose subjects have cards.
_WITH_CARDS = ("alarms", "composites", "event_rules")
_SIGNS = {"added": "+", "removed": "−", "changed": "~"}  # noqa: RUF001


def marks_of(difference: EnvironmentDiff | None) -> Marks:
    """Name of an alarm, a composite or an event rule to kind and sentence of each change."""
    marks: dict[str, list[tuple[str, str]]] = {}
    for change in difference.changes if difference else ():
        if change.area in _WITH_CARDS and change.kind != "removed" and change.subject:
            marks.setdefault(change.subject, []).append((change.kind, change.sentence))
    return marks


def differences_html(environment: EnvironmentPreview, revision: str, removed: Sequence[str]) -> tuple[int, str]:
    """The number of changes, and their HTML. removed: sentences about environments that only the revision has."""
    difference = environment.difference
    elsewhere = "".join(f"<p><b>{text(sentence)}</b></p>" for sentence in removed)
    if difference is None or difference.empty:
        subject = "Nothing here" if removed else "Nothing"
        return len(removed), f'{elsewhere}<p class="quiet">{subject} differs from <code>{text(revision)}</code>.</p>'
    parts = [elsewhere, f'<p class="quiet">From <code>{text(revision)}</code> to the file as it is.</p>']
    if difference.headline:
        parts.append(f"<p><b>{text(difference.headline)}</b></p>")
    number = len(removed)
    for title, rows in sections_of(difference):
        number += len(rows)
        listed = "".join(_row(kind, sentence) for kind, sentence in rows)
        block = f'<ul class="changes">{listed}</ul>'
        if is_detail(difference, title):
            block = f"<details><summary>{pluralize(len(rows), 'entry', 'entries')}</summary>{block}</details>"
        parts.append(f"<h4>{text(title)}</h4>{block}")
    return number, "".join(parts)


def _row(kind: str, sentence: str) -> str:
    sign = f'<span class="sign">{_SIGNS[kind]}<span class="hidden-text"> {kind}: </span></span>'
    return f'<li class="item {kind}">{sign}<span>{text(sentence)}</span></li>'
