"""Text of others as Markdown that shows its characters, and does nothing else on GitHub and GitLab.

A name in a pull request is its author's, and a comment is written by a bot: a name must not mention a team, close or
link an issue, link a commit or an address, hide text, or start a quick action of GitLab. Both hosts look for such
references in the rendered text, so that escapes of Markdown do not stop them; they leave out code. So words of letters
and short numbers are text, and every other word is code.

https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
https://docs.gitlab.com/user/markdown/#gitlab-specific-references
https://spec.commonmark.org/0.31.2/#backslash-escapes and https://github.github.com/gfm/#tables-extension-
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.wording import visible

_WORD = re.compile(r"[^\W\d_]+(?:['’/-][^\W\d_]+)*")
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:[.,]\d{1,6})*%?")
_OPERATOR = re.compile(r"[<>=+&~–—·…≥≤→×-]{1,2}")
# Seven digits of a commit's hash are a link to it, also beside a hyphen or a slash.
_HASH = re.compile(r"(?<![^\W_])[0-9a-fA-F]{7,64}(?![^\W_])")
_PARTS = re.compile(r"([(\"']*)(.*?)([,.;:)\"'!?…]*)", re.DOTALL)
# A key of YAML, as far as it is known from prose: before a bracket, or with a `_` and before a value.
_KEY_OF_BRACKET = re.compile(r"(?<!\S)[\w.-]{1,60}: $")
_KEY_AND_VALUE = re.compile(r"(?<!\S)[a-z]+(?:_[a-z]+)+: [^\s()\[\]{}\"']*[\w%](?=[,.;:)!?…]*(?:\s|$))")
_CLOSING = {"]": "[", "}": "{"}
_AFTER_YAML = re.compile(r"[,.;:)!?…]*(?:\s|$)")
# What begins a quote, a list or a heading.
_BEGINNING = re.compile(r"[>+=-]|\d+(?=[.)])")


def plain(text: str) -> str:
    """One line of Markdown with the words of a text; what it has between two backticks is code, as in findings."""
    pieces = one_line(text).split("`")
    if len(pieces) % 2 == 0:  # one backtick has no other
        pieces = [" ".join(pieces)]
    spans = [_words(piece) if index % 2 == 0 else _between_backticks(piece) for index, piece in enumerate(pieces)]
    line = "".join(spans).strip()
    return _BEGINNING.sub(_without_beginning, line, count=1) if _BEGINNING.match(line) else line


def _without_beginning(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def code(text: str) -> str:
    """A name as code. Backticks and pipes would end it or its cell of a table, so that such a name is HTML."""
    name = one_line(text).strip()
    if not name:
        return "(empty)"
    return html_code(name) if "`" in name or "|" in name else f"`{name}`"


def html_code(text: str) -> str:
    """A name as code in HTML, such as in `<summary>`: every character but letters and digits is an entity."""
    escaped = "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in one_line(text))
    return f"<code>{escaped}</code>"


def fence_of(text: str) -> str:
    """The line that starts and ends a block of code with a text: longer than any run of backticks in it."""
    return "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)


def one_line(text: str) -> str:
    """A text on one line: each run of white space is one space, and what cannot be seen is written out."""
    return visible(re.sub(r"\s+", " ", text))


def _between_backticks(text: str) -> str:
    return code(text) if text.strip() else " "


def _words(text: str) -> str:
    parts, at = [], 0
    for start, end in _yaml_in(text):
        parts += [_words_only(text[at:start]), code(text[start:end])]
        at = end
    return "".join([*parts, _words_only(text[at:])])


def _words_only(text: str) -> str:
    return "".join(_word(word) if word.strip() else " " for word in re.split(r"( +)", text) if word)


def _yaml_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a text has YAML to copy, which is one piece of code: `key: [a, {b: c}]` and `some_key: value`."""
    spans = [match.span() for match in _KEY_AND_VALUE.finditer(text)]
    for start, end in _brackets(text):
        key = _KEY_OF_BRACKET.search(text, max(0, start - 62), start)
        spans.append((key.start() if key else start, end))
    at = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            yield start, end
            at = end


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Pairs of brackets that begin a word and end one."""
    opened: list[int] = []
    for index, char in enumerate(text):
        if char in "[{":
            opened.append(index)
        elif opened and _CLOSING.get(char) == text[opened[-1]]:
            start = opened.pop()
            if (not start or text[start - 1].isspace()) and _AFTER_YAML.match(text, index + 1):
                yield start, index + 1


def _word(word: str) -> str:
    before, core, after = _PARTS.fullmatch(word).groups()  # type: ignore[union-attr]  # every text matches
    if (_WORD.fullmatch(core) or _NUMBER.fullmatch(core)) and not _HASH.search(core):
        return word
    if not core or _OPERATOR.fullmatch(core):
        return f"{before}{core.replace('&', '&amp;').replace('<', '&lt;').replace('~', chr(92) + '~')}{after}"
    return f"{before}{code(core)}{after}"
