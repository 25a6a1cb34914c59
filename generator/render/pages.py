"""The pages of the documentation as `obsgen docs` prints them: found by topic, whole or only what is about one key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# For whoever works on obsgen itself.
_NOT_FOR_USERS = ("development", "decisions")
_SECTIONS, _CHECKS, _ERRORS = "language", "checks", "errors"
_GUIDE = re.compile(r"^- \[(?P<title>[^]]+)\]\((?P<path>[^)]+)\.md\)(?:: (?P<summary>.*))?$", re.MULTILINE)
_SECTION = re.compile(r"^\| \[[^]]+\]\((?P<path>\w+)\.md\) \| (?P<summary>.*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Topic:
    """A page by the name it is asked for: `alarms`, `testing`, `T02`.

    path: below docs/, without `.md`. summary: one line; empty for a check, whose page is asked for by its code.
    """

    name: str
    path: str
    summary: str


def topics(pages: Mapping[str, str]) -> dict[str, list[Topic]]:
    """Every topic, by the group that lists it; sections and guides in the order of their indexes.

    pages: path below docs/, without `.md`, to text. A section and a guide may have one name.
    """
    guides = [
        Topic(_name(row["path"]), row["path"], _sentence(row["title"], row["summary"]))
        for row in _GUIDE.finditer(pages["README"])
        if _name(row["path"]) not in _NOT_FOR_USERS
    ]
    sections = [
        Topic(row["path"], f"{_SECTIONS}/{row['path']}", row["summary"].replace("\\", ""))
        for row in _SECTION.finditer(pages[f"{_SECTIONS}/README"])
    ]
    checks = [Topic(path.rpartition("/")[2], path, "") for path in pages if re.fullmatch(rf"{_CHECKS}/[A-Z]\d\d", path)]
    return {"Sections of observability.yaml": sections, "Guides": guides, "Checks": checks}


def _name(path: str) -> str:
    """A folder's index is called after the folder."""
    return path.removesuffix("/README").rpartition("/")[2]


def _sentence(title: str, summary: str | None) -> str:
    return f"{title}: {summary}" if summary else title


def page_text(markdown: str) -> str:
    """A page without the comment that says how its file is made, which is for whoever edits it."""
    first, _, rest = markdown.partition("\n")
    return rest if first.startswith("<!--") else markdown


def error_code(pages: Mapping[str, str], code: str) -> str | None:
    """What the page of errors says about the code of an error, or None where it has no such code."""
    blocks = [(heading, _rows(lines, code)) for heading, lines in _blocks(pages[_ERRORS])]
    return _joined(blocks)


def text_of_key(markdown: str, key: str) -> str | None:
    """What the page of a section says about one of its keys, or None where it has no such key.

    key: `threshold`, or a path that ends in it, such as `logs.window`, which leaves out other keys of that name.
    """
    *above, last = key.split(".")
    blocks = list(_blocks(markdown))
    headings = {heading for heading, _ in blocks}
    inside = next((f"### {name}" for name in reversed(above) if f"### {name}" in headings), None)
    if last not in keys(markdown):
        return None
    return _joined([(heading, _lines_about(last, inside, heading, lines)) for heading, lines in blocks])


def keys(markdown: str) -> set[str]:
    """Every key that the tables of a section's page explain."""
    return set(re.findall(r"^\| `(\w+)` \|", markdown, re.MULTILINE))


def positions_of_key(pages: Mapping[str, str], key: str) -> list[str]:
    """The sections with such a key, as `alarms.warm_up`; in the order of their names."""
    sections = sorted(path for path in pages if path.startswith(f"{_SECTIONS}/"))
    return [f"{_name(path)}.{key}" for path in sections if key in keys(pages[path])]


def positions_of_heading(pages: Mapping[str, str], words: str) -> list[str]:
    """The pages for users with a heading of these words, such as `quiet hours` or `quiet_hours`."""
    normalized = re.sub(r"[-_\s]+", " ", words).lower()
    candidates = (path for path in sorted(pages) if not path.startswith((*_NOT_FOR_USERS, f"{_CHECKS}/")))
    headings = (
        (path, heading) for path in candidates for heading in re.findall(r"^##+ (.+)$", pages[path], re.MULTILINE)
    )
    return [_name(path) for path, heading in headings if heading.lower() == normalized]


def _lines_about(key: str, inside: str | None, heading: str, lines: list[str]) -> list[str]:
    """The lines of a block about a key: a paragraph, items of a list, rows of a table, or all below its heading."""
    if heading == f"### {key}":
        return lines
    if lines[0].startswith("|"):
        return _rows(lines, f"`{key}`") if inside in (None, heading) else []
    if lines[0].startswith("```"):
        return []
    pieces = re.split(r"\n(?=- )", "\n".join(lines))
    return [piece for piece in pieces if re.search(rf"`{key}(?:`|: )", piece)]


def _rows(lines: list[str], first_cell: str) -> list[str]:
    """The head of a table and its rows that begin with this cell; nothing where there are none."""
    rows = [line for line in lines[2:] if line.startswith(f"| {first_cell} |")]
    return [*lines[:2], *rows] if rows else []


def _joined(blocks: list[tuple[str, list[str]]]) -> str | None:
    """Blocks below their headings, each heading once; None where every block is empty."""
    texts, last = list[str](), ""
    for heading, lines in blocks:
        if lines:
            texts += [heading] if heading != last else []
            texts.append("\n".join(lines))
            last = heading
    return "\n\n".join(texts) + "\n" if texts else None


def _blocks(markdown: str) -> Iterator[tuple[str, list[str]]]:
    """The paragraphs, lists, tables and code of a page: the heading above, and the lines."""
    heading, lines, in_code = "", list[str](), False
    for line in [*markdown.splitlines(), ""]:
        in_code ^= line.startswith("```")
        title = line.startswith("#") and not in_code
        if lines and (title or not (line or in_code)):
            yield heading, lines
            lines = []
        if title:
            heading = line
        elif line or in_code:
            lines.append(line)
