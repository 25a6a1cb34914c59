"""X-Ray's filter expressions: whether one can be read, and if not, why.

    any     = all *( "OR" all )            all = one *( [ "AND" ] one )
    one     = "!" one | "(" any ")" | subject [ operator value ]
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
    """Why an expression cannot be read, at which of its characters (from 0), and what would do."""

    message: str
    position: int
    hint: str = ""


class _Token(NamedTuple):
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        return f"`{self.text}`" if self.text else "the end"


class _Unreadable(Exception):
    """Leaves the recursive descent; never leaves this module."""

    def __init__(self, message: str, token: _Token, hint: str = "") -> None:
        self.problem = FilterProblem(message, token.position, hint)


def filter_problem(text: str) -> FilterProblem | None:
    """Why X-Ray would not take the expression; None where it can be read."""
    try:
        reader = _Reader([*_tokens(text), _Token("end", "", len(text))])
        reader.any(0)
        if reader.here.kind != "end":
            raise _Unreadable(f"{reader.here.shown} is one too many", reader.here)
    except _Unreadable as stop:
        return stop.problem
    return None


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        found = _TOKEN.match(text, position)
        if not found:
            rest = _Token("", text[position], position)
            if text[position] == '"':
                raise _Unreadable("this text is never closed", rest, 'end it with "')
            if text[position] == "'":
                raise _Unreadable("a text has double quotes", rest, 'such as user = "alice"')
            if text[position].isdigit():
                raise _Unreadable("a number has no unit; times are in seconds", rest, "such as responsetime > 0.5")
            raise _Unreadable(f"`{text[position]}` means nothing here", rest)
        tokens.append(_Token(str(found.lastgroup), found.group(), position))
        position = found.end()
    return tokens


class _Reader:
    """Recursive descent over the tokens, the last of which is the end."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.index = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.index]

    def step(self) -> _Token:
        token = self.here
        self.index += token.kind != "end"
        return token

    def take(self, symbol: str) -> bool:
        found = self.here.kind == "symbol" and self.here.text == symbol
        self.index += found
        return found

    def want(self, symbol: str) -> None:
        if not self.take(symbol):
            raise _Unreadable(f"`{symbol}` is wanted before {self.here.shown}", self.here)

    def any(self, depth: int) -> None:
        self.all(depth)
        while self.here.word == "or":
            self.step()
            self.all(depth)

    def all(self, depth: int) -> None:
        self.one(depth)
        while True:
            if self.here.word == "and":
                self.step()
            elif self.here.word == "or" or self.here.kind == "end" or self.here.text in ")}":
                return
            self.one(depth)

    def one(self, depth: int) -> None:
        if depth > MOST_NESTED:
            raise _Unreadable(f"nested more than {MOST_NESTED} levels deep", self.here)
        if self.take("!"):
            self.one(depth + 1)
        elif self.take("("):
            self.any(depth + 1)
            self.want(")")
        else:
            self.subject(depth)

    def subject(self, depth: int) -> None:
        token = self.step()
        word = _SIDED.sub("", token.word, count=1)
        if word == "annotation" or word.startswith("annotation."):
            self.annotation(word)
            self.compared(token, (*_EQUAL, *_ORDER, *_TEXTUAL), ("text", "number", "truth"))
        elif word in NODES or _CAUSE.fullmatch(word):
            self.node(word, depth)
        elif word in BOOLEANS:
            self.compared(token, _EQUAL, ("truth",))
        elif word in NUMBERS:
            self.compared(token, (*_EQUAL, *_ORDER), ("number",))
        elif word in TEXTS or word in GROUPS:
            self.compared(token, (*_EQUAL, *_TEXTUAL), ("text",))
        else:
            hint = did_you_mean(token.text, _WORDS).strip() if token.kind == "word" else ""
            raise _Unreadable(f"{token.shown} is no keyword of a filter expression", token, hint or "such as fault")

    def annotation(self, word: str) -> None:
        if word == "annotation":
            self.want("[")
            if self.here.kind not in ("word", "number"):
                raise _Unreadable("the annotation's key is missing", self.here, "annotation[key]")
            self.step()
            self.want("]")

    def compared(self, subject: _Token, operators: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        """An operator and a value, or nothing: the keyword alone means that it is true, or set."""
        given = self.here.word if self.here.kind == "word" else self.here.text
        if given not in (*_EQUAL, *_ORDER, *_TEXTUAL):
            return
        if given not in operators:
            hint = f"one of {' '.join(operators).upper()}"
            raise _Unreadable(f"`{subject.text}` is not compared by {self.here.shown}", self.here, hint)
        self.step()
        value = self.step()
        kind = "truth" if value.word in ("true", "false") else value.kind
        if kind not in kinds:
            wanted = {"text": 'a text in "…"', "number": "a number", "truth": "true or false"}
            what = " or ".join(wanted[name] for name in kinds)
            raise _Unreadable(f"`{subject.text}` is compared with {what}, not {value.shown}", value)

    def node(self, word: str, depth: int) -> None:
        if word in NODES and self.take("("):
            if word == "edge":
                self.name()
                self.want(",")
            self.name()
            self.want(")")
        if self.take("{"):
            self.any(depth + 1)
            self.want("}")

    def name(self) -> None:
        if self.here.text in (")", ","):
            return
        token = self.step()
        if token.word == "id":
            self.want("(")
            self.part()
            while self.take(","):
                self.part()
            self.want(")")
        elif token.kind != "text":
            hint = 'such as service("shop-api") { fault }'
            raise _Unreadable(f'a service\'s name is a text in "…", not {token.shown}', token, hint)

    def part(self) -> None:
        part = self.step()
        if part.word not in _ID_PARTS:
            raise _Unreadable(f"id() has no {part.shown}", part, f"one of {', '.join(_ID_PARTS)}")
        self.want(":")
        if self.step().kind != "text":
            raise _Unreadable(f'`{part.text}` of id() is a text in "…"', part)
