"""Markdown of text widgets as HTML: what CloudWatch shows of it, with links that leave the page only to the web.

HTML in the text stays text. A picture would be a request, so its words are shown. A link whose text begins with
`button:` is a button.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_remove_text_dashboard.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from generator.preview.markup import text
from generator.wording import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Its time grows with the square of a text of nothing but brackets.
_MOST = 6_000
# Below the page's own headings, of which that of the dashboard is of the fourth level.
_LEVELS = {"h1": "h5"}
_LOWEST = "h6"
# Line ends and tabs have a meaning in Markdown.
_LINE = re.compile(r"[^\n\t]+")
_BUTTON = re.compile(r"\s*button:(primary:)?", re.IGNORECASE)
_DASHBOARD = re.compile(r"dashboards(?:/dashboard/|:name=)([A-Za-z0-9_-]{1,255})")


def markdown_html(source: str, links: Mapping[str, str]) -> str:
    """The HTML of a text. links: what links to dashboards, by their names in CloudWatch, lead to on the page."""
    readable = _LINE.sub(lambda part: visible(part[0]), source[:_MOST])
    whole = readable if len(source) <= _MOST else f"{readable}…"
    return str(_reader().render(whole, {"links": links}))


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Every address is read as a link here: what is no address of the web loses it when the link is written.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in _RULES.items():
        reader.add_render_rule(name, rule)
    return reader


def _heading_open(_self: Any, tokens: list[Token], at: int, _options: Any, _env: Any) -> str:
    tag = tokens[at].tag
    return f'<{_LEVELS.get(tag, _LOWEST)} class="w-{tag}">'


def _heading_close(_self: Any, tokens: list[Token], at: int, _options: Any, _env: Any) -> str:
    return f"</{_LEVELS.get(tokens[at].tag, _LOWEST)}>"


def _link_open(_self: Any, tokens: list[Token], at: int, _options: Any, env: Any) -> str:
    address = str(tokens[at].attrGet("href") or "")
    words = tokens[at + 1] if at + 1 < len(tokens) else tokens[at]
    kind = ""
    if words.type == "text" and (button := _BUTTON.match(words.content)):
        kind = ' class="w-button w-primary"' if button[1] else ' class="w-button"'
        words.content = words.content[button.end() :]
    target = link_target(address, env["links"])
    if target is None:
        return f"<span{kind}>"
    outside = "" if target.startswith("#") else ' rel="noreferrer"'
    return f'<a{kind} href="{text(target)}"{outside}>'


def _link_close(_self: Any, tokens: list[Token], at: int, _options: Any, env: Any) -> str:
    depth = 0
    for token in reversed(tokens[:at]):
        depth += {"link_close": 1, "link_open": -1}.get(token.type, 0)
        if depth < 0:
            return "</a>" if link_target(str(token.attrGet("href") or ""), env["links"]) is not None else "</span>"
    return ""


def link_target(address: str, links: Mapping[str, str]) -> str | None:
    """What a link leads to: a dashboard of the page, or an address of the web; None for any other."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") and not address.startswith("#"):
            return None
        dashboard = _DASHBOARD.search(unquote(parts.fragment))
    except ValueError:
        return None
    if dashboard and dashboard[1] in links:
        return links[dashboard[1]]
    return address if parts.scheme else None


def _image(_self: Any, tokens: list[Token], at: int, _options: Any, _env: Any) -> str:
    return f"<em>{text(tokens[at].content or 'picture')}</em>"


def _code_block(_self: Any, tokens: list[Token], at: int, _options: Any, _env: Any) -> str:
    from generator.preview.dashboards.fragment import text_lines

    return f"<pre>{text_lines(tokens[at].content)}</pre>"


_RULES = {
    "code_block": _code_block,
    "fence": _code_block,
    "heading_close": _heading_close,
    "heading_open": _heading_open,
    "image": _image,
    "link_close": _link_close,
    "link_open": _link_open,
}
