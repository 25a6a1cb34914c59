"""The shape of a card: everything that is said of one alarm, composite or rule, and what the search looks for in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.model.routing import SEVERITIES
from generator.preview.markup import attributes, facts, fragment, reference, text


@dataclass(frozen=True, slots=True)
class Card:
    """The parts of a card; condition, rows and picture are HTML, the others text.

    severities: the usual one first. marks: `added` or `changed`, each with its sentence. words: what the search finds
    by key. accounts: where it is, by name.
    """

    environment: str
    section: str
    key: str
    title: str
    severities: tuple[str, ...]
    condition: str
    summary: str = ""
    rows: Sequence[tuple[str, str]] = ()
    picture: str = ""
    cost: str = ""
    marks: Sequence[tuple[str, str]] = ()
    words: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] = ()


def card_html(card: Card) -> str:
    """The card as an article."""
    identifier = fragment(card.environment, card.section, card.key)
    data = attributes([
        ("id", identifier),
        ("data-kind", card.section),
        ("data-severity", " ".join(card.severities)),
        *((f"data-{name}", value) for name, value in card.words),
        ("data-account", " ".join(card.accounts)),
        ("data-is", " ".join(dict.fromkeys(kind for kind, _ in card.marks))),
    ])
    marks = "".join(f'<span class="mark {kind}">{kind}</span>' for kind in dict.fromkeys(k for k, _ in card.marks))
    changes = "".join(f"<p>{text(sentence)}</p>" for _, sentence in card.marks)
    return (
        f'<article class="item card" tabindex="-1"{data}>'
        f'<header>{severity(card.severities[0])}<h4><a href="{reference(identifier)}">{text(card.title)}</a></h4>'
        f'{marks}<span class="cost">{text(card.cost)}</span></header>'
        f'{f"<div class={chr(34)}differs{chr(34)}>{changes}</div>" if changes else ""}'
        f'{f"<p class={chr(34)}summary{chr(34)}>{text(card.summary)}</p>" if card.summary else ""}'
        f'<p class="when">{card.condition}</p>{card.picture}{facts(card.rows)}</article>'
    )


def severity(name: str) -> str:
    """The label of a severity."""
    kind = name if name in SEVERITIES else "none"
    return f'<span class="severity {kind}">{text(name)}</span>'
