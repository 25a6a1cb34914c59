"""Text of a spec as text of a page: escaped, in one line, and without characters that change what stands around it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from generator.wording import visible

_SCHEMES = ("http", "https")
# What is longer than this is no text to read; a name of 100 kB would make every page unusable.
MOST = 4_000


def text(value: str) -> str:
    """Text of a page or value of an attribute.

    Control characters and those that turn the direction of a text are written out: a name cannot change the line that
    it stands in. https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
    """
    cut = value if len(value) <= MOST else f"{value[:MOST]}… ({len(value):,} characters)"
    return html.escape(visible(cut.replace("\n", " ").replace("\t", " ")))


def attributes(values: Iterable[tuple[str, str]]) -> str:
    """` name="value"` for each value that is not empty."""
    return "".join(f' {name}="{text(value)}"' for name, value in values if value)


def fragment(*parts: str) -> str:
    """The id of an element, which is the fragment of its address: `prod/alarms/errors`."""
    return "/".join(parts)


def reference(identifier: str) -> str:
    """The value of a link to an element of the page."""
    return text(f"#{quote(identifier, safe='/:@-._~')}")


def link(address: str) -> str:
    """A link to another page, without its scheme, which breaks at slashes; only text where it is none of the web."""
    try:
        is_web = urlsplit(address).scheme in _SCHEMES
    except ValueError:
        is_web = False
    if not is_web or len(address) > MOST:
        return text(address)
    words = text(address.removeprefix("https://")).replace("/", "/<wbr>")
    return f'<a href="{text(address)}" rel="noreferrer">{words}</a>'


def items(parts: Iterable[str]) -> str:
    """A list of fragments; nothing without any."""
    body = "".join(f"<li>{part}</li>" for part in parts)
    return f"<ul>{body}</ul>" if body else ""


def few_items(parts: Iterable[str]) -> str:
    """As `items`, but one alone is no list: less to read aloud, and less to parse on a page of thousands."""
    fragments = [*parts]
    return items(fragments) if len(fragments) > 1 else "".join(fragments)


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A list of terms, each with a fragment of HTML; those without one are left out."""
    body = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in rows if value)
    return f"<dl>{body}</dl>" if body else ""


def table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """A table from fragments of rows; it scrolls by itself where it is wider than the page."""
    head = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(rows)
    return (
        f'<div class="wide" role="group" aria-label="Table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
