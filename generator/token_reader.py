"""Tokens of the small languages in a spec, such as rules of composites, and the cursor of their recursive descents.

A pattern with named groups splits a text into tokens. A parser derives from `TokenReader` and adds a method for each
rule of its grammar; what it cannot read it raises as `UnreadableText`, and returns as a value of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

END = "end"
QUOTED = ("name", "text")
"""The kinds of tokens that are written in quotes."""
_BLANKS = re.compile(r"\s+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Token(NamedTuple):
    """A piece of a text.

    kind: the group of the pattern that matched, or END after the last one. position: of its first character, from 0.
    """

    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        """The text in lower case where the token is a word, empty for others."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def value(self) -> str:
        """The text; of kinds in quotes, without the quotes and the backslashes before characters."""
        return _ESCAPE.sub(r"\1", self.text[1:-1]) if self.kind in QUOTED else self.text

    def matches(self, kind: str, text: str) -> bool:
        """Whether it is of this kind and text; words match in any case, `text` in lower case."""
        return self.kind == kind and text in (self.text, self.word)

    @property
    def shown(self) -> str:
        """The token as messages name it."""
        return "the end" if self.kind == END else f"`{self.text}`"


class UnreadableText(Exception):
    """A text that does not follow its grammar. position: the character where reading stopped, from 0."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


def tokenize(
    text: str,
    pattern: re.Pattern[str],
    unreadable: Callable[[str, int], UnreadableText],
    blanks: re.Pattern[str] = _BLANKS,
) -> list[Token]:
    """The tokens of a text, without the blanks between them and with an END after the last one.

    pattern: has a named group for each kind, and matches no blank. unreadable: makes the error for the position
    where nothing matches. blanks: matches one or more of them.
    """
    tokens, position = [], 0
    while position < len(text):
        match = pattern.match(text, position)
        if match:
            tokens.append(Token(str(match.lastgroup), match.group(), position))
        else:
            match = blanks.match(text, position)
            if not match:
                raise unreadable(text, position)
        position = match.end()
    return [*tokens, Token(END, "", len(text))]


class TokenReader:
    """A cursor over the tokens of a text; it never steps over the END."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    @property
    def current(self) -> Token:
        """The token under the cursor."""
        return self._tokens[self._index]

    def step(self) -> Token:
        """Return the current token and step over it."""
        token = self.current
        self._index += token.kind != END
        return token

    def accept(self, kind: str, text: str) -> bool:
        """Step over the current token if it is this one; words match in any case."""
        matches = self.current.matches(kind, text)
        self._index += matches
        return matches

    def follows(self, *tokens: tuple[str, str]) -> bool:
        """Whether these tokens, each by kind and text, are the next ones; steps over none of them."""
        next_tokens = self._tokens[self._index : self._index + len(tokens)]
        return len(next_tokens) == len(tokens) and all(
            token.matches(*expected) for token, expected in zip(next_tokens, tokens, strict=True)
        )
