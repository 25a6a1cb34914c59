"""Members in words: which accounts of the units are left out."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Path
from generator.model.estate import Estate


def units_in_words(estate: Estate) -> str:
    """`every account of ou-ab12-cdefgh34 but sandbox (999999999999)`; empty where there are no units."""
    if not estate.organizational_units:
        return ""
    but = [f"{one.name} ({one.id})" if one.name != one.id else one.id for one in estate.excluded_accounts]
    shown = ", ".join(but)
    return f"every account of {', '.join(estate.organizational_units)}{f' but {shown}' if but else ''}"


def explained(path: Path, estate: Estate) -> Iterator[str]:
    """Lines about a section that says who is watched."""
    if path[:1] == ("organizational_units",) and estate.excluded_accounts:
        yield f"members: {units_in_words(estate)}"
