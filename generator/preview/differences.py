"""What differs from a revision: the sentences of `obsgen diff`, and the marks of the cards that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.model.estate import Estate
from generator.preview.markup import fragment, reference, text
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
    show = _button(len(marks_of(difference)))
    parts = [elsewhere, f'<p class="quiet">From <code>{text(revision)}</code> to the file as it is.{show}</p>']
    if difference.headline:
        parts.append(f"<p><b>{text(difference.headline)}</b></p>")
    number = len(removed)
    places = _places(environment.estate)
    for title, rows in sections_of(difference):
        number += len(rows)
        listed = "".join(_row(kind, sentence, places) for kind, sentence in rows)
        block = f'<ul class="changes">{listed}</ul>'
        if is_detail(difference, title):
            block = f"<details><summary>{pluralize(len(rows), 'entry', 'entries')}</summary>{block}</details>"
        parts.append(f"<h4>{text(title)}</h4>{block}")
    return number, "".join(parts)


def _button(cards: int) -> str:
    """Searches for the cards that are marked; nothing where there are none."""
    words = f"Show the {f'{cards:,} cards' if cards > 1 else 'card'}"
    return f' <button type="button" class="search-for" value="is:added,changed">{words}</button>' if cards else ""


def _places(estate: Estate) -> Mapping[str, str]:
    """The cards of alarms and composites by their names in CloudWatch, with which sentences begin."""
    environment = estate.environment
    alarms = {a.name: fragment(environment, "alarms", a.ref) for a in estate.alarms if not a.everywhere_disabled}
    return alarms | {c.name: fragment(environment, "composites", c.ref) for c in estate.composites}


def _row(kind: str, sentence: str, places: Mapping[str, str]) -> str:
    sign = f'<span class="sign">{_SIGNS[kind]}<span class="hidden-text"> {kind}: </span></span>'
    name, _, rest = sentence.partition(" ")
    words = f'<a href="{reference(places[name])}">{text(name)}</a> {text(rest)}' if name in places else text(sentence)
    return f'<li class="item {kind}">{sign}<span>{words}</span></li>'
