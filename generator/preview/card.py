"""The shape of a card: everything that is said of one alarm, composite or rule, and what the search looks for in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.model.routing import SEVERITIES
from generator.preview.markup import attributes, facts, fragment, reference, text

_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Card:
    """The parts of a card; condition, rows and picture are HTML, the others text.

    rows: what it does and who is notified. further: what else is known, beside it. severities: the usual one first.
    marks: `added` or `changed`, each with its sentence. words: what the search finds by key. accounts: where it is, as
    `short_places` has it.
    """

    environment: str
    section: str
    key: str
    title: str
    severities: tuple[str, ...]
    condition: str
    summary: str = ""
    rows: Sequence[tuple[str, str]] = ()
    further: Sequence[tuple[str, str]] = ()
    picture: str = ""
    cost: str = ""
    marks: Sequence[tuple[str, str]] = ()
    words: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] = ()


def card_html(card: Card) -> str:
    """The card as an article."""
    identifier = fragment(card.environment, card.section, card.key)
    data = attributes(
        [
            ("id", identifier),
            ("data-severity", " ".join(card.severities)),
            *((f"data-{name}", value) for name, value in card.words),
            ("data-account", " ".join(card.accounts)),
            ("data-is", " ".join(dict.fromkeys(kind for kind, _ in card.marks))),
        ]
    )
    kinds = dict.fromkeys(kind for kind, _ in card.marks)
    marks = "".join(f'<span class="mark {kind}">{kind}</span>' for kind in kinds)
    changes = "".join(f"<p>{text(sentence)}</p>" for _, sentence in card.marks)
    return (
        f'<article class="card"{data}>'
        f'<header>{severity(card.severities[0])}<h4><a href="{reference(identifier)}">{text(card.title)}</a></h4>'
        f'{marks}<span class="cost">{text(card.cost)}</span></header>'
        f"{_block('differs', changes)}"
        f'<div class="main">{_block("summary", text(card.summary))}<p class="when">{card.condition}</p>'
        f'{facts(card.rows)}</div><div class="aside">{card.picture}{facts(card.further)}</div></article>'
    )


def _block(kind: str, body: str) -> str:
    return f'<div class="{kind}">{body}</div>' if body else ""


def short_places(places: Sequence[str], members: Sequence[str]) -> tuple[str, ...]:
    """The places for the search: where most members of very many have it, `*` and `-name` for each that has not.

    2,000 alarms in 10,000 accounts would be 20 million names.
    """
    having = {*places}
    without = [name for name in members if name not in having] if len(places) > _MOST_NAMES else members
    if 2 * len(without) >= len(members):
        return tuple(dict.fromkeys(places))
    known = {*members}
    elsewhere = [place for place in dict.fromkeys(places) if place not in known]
    return ("*", *(f"-{name}" for name in without), *elsewhere)


def severity(name: str) -> str:
    """The label of a severity."""
    kind = name if name in SEVERITIES else "none"
    return f'<span class="severity {kind}">{text(name)}</span>'
