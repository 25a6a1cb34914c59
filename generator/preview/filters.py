"""Filters beside the cards: severities with their numbers, and choices of owners, services and accounts.

They write into the search, so they are on the page only where scripts run (`.filters` of the style sheet).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from generator.model.routing import SEVERITIES
from generator.preview.accounts import names_of_map
from generator.preview.card import Card, severity
from generator.preview.markup import text
from generator.preview.types import EnvironmentPreview

# A list of more is not read.
_MOST_CHOICES = 500


def filters_html(environment: EnvironmentPreview, cards: Sequence[Card]) -> str:
    """The filters of an environment. cards: all that it has."""
    numbers = Counter(name for card in cards for name in card.severities)
    buttons = "".join(_button(name, numbers[name]) for name in SEVERITIES if numbers[name])
    words = [dict(card.words) for card in cards]
    choices = {
        "Owner": {row["owner"] for row in words if row.get("owner")},
        "Service": {row["service"] for row in words if row.get("service")},
        "Account": names_of_map(environment.estate),
    }
    selects = "".join(_select(title, sorted(names)) for title, names in choices.items())
    fieldset = f"<fieldset><legend>Severity</legend>{buttons}</fieldset>" if buttons else ""
    return f'<div class="filters">{fieldset}{selects}</div>'


def _button(name: str, number: int) -> str:
    return f'<button type="button" value="{name}" aria-pressed="false">{severity(name)}<i>{number:,}</i></button>'


def _select(title: str, names: Sequence[str]) -> str:
    if not 1 < len(names) <= _MOST_CHOICES:
        return ""
    options = "".join(f'<option value="{text(name)}">{text(name)}</option>' for name in names)
    key = title.lower()
    return (
        f'<label class="select">{title}<select data-key="{key}"><option value="">all</option>{options}</select></label>'
    )
