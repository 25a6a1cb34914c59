"""X-Ray's filter expressions: parsed only to report what X-Ray would reject, and where.

    any     = all *( "OR" all )            all = single *( [ "AND" ] single )
    single  = "!" single | "(" any ")" | subject [ operator value ]
    subject = keyword | "annotation" ( "[" key "]" | "." key ) | node [ "{" any "}" ]
    node    = "service" [ "(" [ name ] ")" ] | "edge" [ "(" [ name ] "," [ name ] ")" ]
            | "rootcause." ( "fault" | "error" | "responsetime" ) "." ( "service" | "entity" | "exception" )
    name    = text | "id(" part ":" text *( "," part ":" text ) ")"        part = "name" | "type" | "account.id"

Words are read in any case, as in the guide's examples. A text without quotes, which one of its examples has, is
refused: the guide says that texts always have them.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from generator.findings import did_you_mean
from generator.token_reader import END, Token, TokenReader, UnreadableText, tokenize

BOOLEANS = ("ok", "error", "throttle", "fault", "partial", "inferred", "first", "last", "remote", "root")
NUMBERS = ("responsetime", "duration", "http.status", "index", "coverage")
_HTTP = ("http.url", "http.method", "http.useragent", "http.clientip")
TEXTS = (*_HTTP, "user", "name", "type", "message", "availabilityzone", "instance.id", "resource.arn")
GROUPS = ("group.name", "group.arn")
NODES = ("service", "edge")
_CAUSE = re.compile(r"rootcause\.(fault|error|responsetime)\.(service|entity|exception)")
_SIDED = re.compile(r"(?:source|destination)\.")
_WORDS = (*BOOLEANS, *NUMBERS, *TEXTS, *GROUPS, *NODES, "annotation", "rootcause.fault.service")
_ID_PARTS = ("name", "type", "account.id")
_EQUAL = ("=", "!=")
_ORDER = ("<", "<=", ">", ">=")
_TEXTUAL = ("contains", "beginswith", "endswith")
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<word>[A-Za-z_][\w.]*)'
    r"|(?P<symbol><=|>=|!=|[<>=!(){}\[\],:])"
)
MOST_NESTED = 20


class FilterProblem(NamedTuple):
    """Why an expression is invalid. position: of the character, from 0. hint: what to write instead."""

    message: str
    position: int
    hint: str = ""


def filter_problem(text: str) -> FilterProblem | None:
    """Why X-Ray would reject the expression; None if it is valid."""
    try:
        reader = _FilterReader(tokenize(text, _TOKEN, _unknown_character))
        reader.any_of(0)
        if reader.current.kind != END:
            raise _unreadable(f"expected the end of the expression before {reader.current.shown}", reader.current)
    except UnreadableText as error:
        return FilterProblem(error.message, error.position, error.hint)
    return None


def _unreadable(message: str, token: Token, hint: str = "") -> UnreadableText:
    return UnreadableText(message, token.position, hint)


def _unknown_character(text: str, position: int) -> UnreadableText:
    character = text[position]
    if character == '"':
        return UnreadableText("this text has no closing quote", position, 'add the closing "')
    if character == "'":
        return UnreadableText("a text needs double quotes", position, 'write it as in user = "alice"')
    if character.isdigit():
        return UnreadableText(
            "a number has no unit: times are in seconds", position, "write seconds, as in responsetime > 0.5"
        )
    return UnreadableText(f"unknown sign `{character}` in a filter expression", position)


class _FilterReader(TokenReader):
    """Recursive descent through the grammar above; depth: how many levels of parentheses and `!` are open."""

    def expect(self, symbol: str) -> None:
        if not self.accept("symbol", symbol):
            raise _unreadable(f"expected `{symbol}` before {self.current.shown}", self.current)

    def any_of(self, depth: int) -> None:
        self.all_of(depth)
        while self.current.word == "or":
            self.step()
            self.all_of(depth)

    def all_of(self, depth: int) -> None:
        self.single(depth)
        while True:
            if self.current.word == "and":
                self.step()
            elif self.current.word == "or" or self.current.kind == "end" or self.current.text in ")}":
                return
            self.single(depth)

    def single(self, depth: int) -> None:
        if depth > MOST_NESTED:
            raise _unreadable(f"nested more than {MOST_NESTED} levels deep", self.current)
        if self.accept("symbol", "!"):
            self.single(depth + 1)
        elif self.accept("symbol", "("):
            self.any_of(depth + 1)
            self.expect(")")
        else:
            self.subject(depth)

    def subject(self, depth: int) -> None:
        token = self.step()
        word = _SIDED.sub("", token.word, count=1)
        if word == "annotation" or word.startswith("annotation."):
            self.annotation(word)
            self.comparison(token, (*_EQUAL, *_ORDER, *_TEXTUAL), ("text", "number", "truth"))
        elif word in NODES or _CAUSE.fullmatch(word):
            self.node(word, depth)
        elif word in BOOLEANS:
            self.comparison(token, _EQUAL, ("truth",))
        elif word in NUMBERS:
            self.comparison(token, (*_EQUAL, *_ORDER), ("number",))
        elif word in TEXTS or word in GROUPS:
            self.comparison(token, (*_EQUAL, *_TEXTUAL), ("text",))
        else:
            hint = did_you_mean(token.text, _WORDS).strip() if token.kind == "word" else ""
            hint = hint or "use a keyword such as fault"
            raise _unreadable(f"{token.shown} is not a keyword of filter expressions", token, hint)

    def annotation(self, word: str) -> None:
        if word == "annotation":
            self.expect("[")
            if self.current.kind not in ("word", "number"):
                raise _unreadable("the key of the annotation is missing", self.current, "write annotation[key]")
            self.step()
            self.expect("]")

    def comparison(self, subject: Token, operators: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        """An operator and a value, or nothing: the keyword alone means that it is true, or set."""
        operator = self.current.word if self.current.kind == "word" else self.current.text
        if operator not in (*_EQUAL, *_ORDER, *_TEXTUAL):
            return
        if operator not in operators:
            hint = f"use one of {' '.join(operators).upper()}"
            raise _unreadable(f"`{subject.text}` cannot be compared with {self.current.shown}", self.current, hint)
        self.step()
        value = self.step()
        kind = "truth" if value.word in ("true", "false") else value.kind
        if kind not in kinds:
            words = {"text": 'a text in "…"', "number": "a number", "truth": "true or false"}
            expected = " or ".join(words[name] for name in kinds)
            raise _unreadable(f"expected {expected} as the value of `{subject.text}`, got {value.shown}", value)

    def node(self, word: str, depth: int) -> None:
        if word in NODES and self.accept("symbol", "("):
            if word == "edge":
                self.name()
                self.expect(",")
            self.name()
            self.expect(")")
        if self.accept("symbol", "{"):
            self.any_of(depth + 1)
            self.expect("}")

    def name(self) -> None:
        if self.current.text in (")", ","):
            return
        token = self.step()
        if token.word == "id":
            self.expect("(")
            self.part()
            while self.accept("symbol", ","):
                self.part()
            self.expect(")")
        elif token.kind != "text":
            hint = 'write service("shop-api") { fault }'
            raise _unreadable(f'expected the name of a service as a text in "…", got {token.shown}', token, hint)

    def part(self) -> None:
        part = self.step()
        if part.word not in _ID_PARTS:
            raise _unreadable(f"id() has no {part.shown}", part, f"use one of {', '.join(_ID_PARTS)}")
        self.expect(":")
        if self.step().kind != "text":
            raise _unreadable(f'expected a text in "…" as `{part.text}` of id()', part)
