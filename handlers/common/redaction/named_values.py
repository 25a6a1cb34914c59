"""Values with a name: `DB_PASSWORD=…`, `"client_secret": "…"`, `--api-key …`, `<Password>…</Password>`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handlers.common.redaction import headers
from handlers.common.redaction.names import (
    AUTHORIZATION,
    CODE,
    COOKIE,
    KEY,
    PASSWORD,
    SECRET,
    SESSION,
    SIGNATURE,
    TOKEN,
    WORTH,
    kind_of,
)
from handlers.common.redaction.prose import is_prose, is_shown
from handlers.common.redaction.quotes import after_bracket, opens, quoted_list
from handlers.common.redaction.spans import Span, lazy

_SEPARATOR = r"(?:=>|:=|={1,3}+|:{1,2}+|(?P<encoded>%3[DdAa])|\\u003[dD])"
# A name, what closes it (a quote with its escapes, a bracket) and what separates it from its value. An ARN has colons
# and `secret` in it, and is passed over. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_NAMED = lazy(
    r"arn:(?:aws|\$\{)[\w:/.*+@${}?-]*+"
    r"|(?<![\w.-])(?P<name>[\w.-]++)(?:(?:[\"'`\]]|\\(?!u003)){0,10}+|%5[dD])[ \t]{0,4}+" + _SEPARATOR + r"[ \t]{0,4}+"
)
# --password x, and "--password", "x" of a list of arguments.
_FLAG = lazy(
    r"(?<![\w-])--?(?P<name>[A-Za-z][\w-]*+)(?:[ \t]{1,4}+(?=[^\s-])|[\\\"']{1,8}+,[ ]?+(?=[\\\"'])(?![\\\"']{1,8}-))"
)
# password........"x", as lists of settings are logged.
_DOTTED = lazy(r"(?<![\w.-])(?P<name>\w++)\.{4,}+[ ]?+")
# {"name": "DB_PASSWORD", "value": "…"} of ECS and Kubernetes, Name=…,Value=… of the CLI, <add key="…" value="…"/>.
_PAIR = lazy(
    r"(?i)(?<![\w-])(?:name|key)[\\\"'`]{0,8}+[ ]?+[:=][ ]?+[\\\"'`]{0,8}+(?P<name>[\w.-]++)[\\\"'`]{0,8}+[\s,;]{1,4}+"
    r"[\\\"'`]{0,8}+value[\\\"'`]{0,8}+[ ]?+[:=][ ]?+"
)
# ["x-api-key", "…"], as lists of headers are written; names with a hyphen, as a list of fields is no list of pairs.
_HEADER = lazy(
    r"[\\\"']{1,8}+(?P<name>(?i:authorization|cookie)|[A-Za-z]+-[\w-]++)[\\\"']{1,8}+,[ ]?+"
    r"(?=[\\\"'])(?![\\\"']{1,8}value\b)"
)
_NAME = lazy(r"[A-Za-z-]++")
_ELEMENTS = (
    lazy(r"<(?P<name>[A-Za-z_][\w:.-]*+)(?:\s[^<>]*+)?+>(?P<value>[^<]++)(?=</)"),
    lazy(r"<(?P<name>[A-Za-z_][\w:.-]*+)(?:\s[^<>]*+)?+>\s{0,80}+<!\[CDATA\[(?P<value>[^\]]*+(?:\](?!\]>)[^\]]*+)*+)"),
    lazy(r"&lt;(?P<name>[A-Za-z_][\w:.-]*+)(?:\s[^<>&]*+)?+&gt;(?P<value>(?:(?!&lt;)[^<])++)(?=&lt;/)"),
)
# IDENTIFIED BY '…', WITH PASSWORD '…', and: invalid password "…".
_SQL = lazy(r"(?i)\b(?:identified\s{1,4}+by|password)\s{1,4}+(?:password\s{1,4}+)?(?=[\"'])")
# mysql's -p and curl's -u take the value without a name.
_GLUED = lazy(r"(?<!\S)-p(?=[^\s-])")
_USER = lazy(r"(?<!\S)(?:-u|--user|--proxy-user)[ =]?+[\"']?+[^\s:\"']{1,64}+:(?![0-9]+(?:\s|\Z))(?P<value>[^\s\"']++)")

# To the end of the word; `;` and `&` end it, an escaped line end, a comma or a bracket where something else follows.
_BARE = lazy(
    r"(?:[^\s&;,<>\"'`)\]}\\]|[\"'`>](?![\s,;)\]}<>:&+/]|\Z)|,(?![\s\"'{\[]|[\w.-]{1,40}+[=:]|\Z)"
    r"|[)\]}](?![\s,;.)\]}\"']|\Z)|\\(?![nrt\"'`\\]|u0026))++"
)
_BARE_ENCODED = lazy(r"(?:(?!%26|%3[bB])[^\s&;,<>\"'`)\]}\\])++")
_BRACES = lazy(r"\{[^}\n]*+(?:\}\}[^}\n]*+)*+\}?")
_BEARER = lazy(r"(?i)bearer +")
# A connection string goes on to its `;`.
_TO_SEMICOLON = lazy(r"[^;\"'\n]{1,256}+(?=;)")
_STRIPE = lazy(r"t=[0-9]++(?:,v[0-9]=[0-9A-Za-z]++)++")
# Stars, or the sign with which YAML begins a block, hide a value already.
_SOMETHING = lazy(r"[^*|>.?{}$-]")
_ALIKE = frozenset(("unexpected", "unrecognized", "unrecognised", "illegal"))
_BEFORE_KEY = frozenset(("api", "secret", "private", "encryption", "license", "signing"))
_SHORTEST = {SIGNATURE: 8, KEY: 3}
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: most have a path and no digit.
_SECRET_NAME = lazy(r"[a-z_-]++(?:/[a-z_.-]++)++")


def named_values(text: str) -> Iterator[Span]:
    """Values after a name and `=`, `:`, `=>` or `%3D`, to the end of the quote, the parameter or the word."""
    end = 0
    kinds: dict[str, str] = {}
    for match in _NAMED().finditer(text):
        name = match["name"]
        if name is None or match.start() < end:
            continue
        kind = _kind(kinds, name)
        if name.lower() in ("token", "key"):
            kind = _kind_after(text, match.start(), name)
        if not kind or _is_label(text, match):
            continue
        if kind in (AUTHORIZATION, COOKIE):
            span = headers.value(text, match.end(), kind)
        else:
            spaced = text[match.end() - 1] in " \t"
            span = value(text, match.end(), kind, spaced=spaced, encoded=match["encoded"] is not None)
            if span and text[match.start() - 1 : match.start()] == ";" and kind != SESSION:
                longer = _TO_SEMICOLON().match(text, span.start)
                span = span._replace(end=max(span.end, longer.end() if longer else 0))
        if span is None or (name.lower() == "pass" and _is_test_result(text, span)):
            continue
        end = span.end
        yield span


def arguments(text: str) -> Iterator[Span]:
    """Flags of a command line, pairs of `name` and `value`, SQL's passwords, and what mysql and curl are given."""
    kinds: dict[str, str] = {}
    for pattern, spaced in ((_FLAG(), True), (_DOTTED(), False), (_PAIR(), False), (_HEADER(), False)):
        end = 0
        for match in pattern.finditer(text):
            if match.start() >= end and (kind := _kind(kinds, match["name"])):
                span = value(text, match.end(), kind, spaced=spaced)
                if span and (pattern is not _HEADER() or not _NAME().fullmatch(text, *span[:2])):
                    end = span.end
                    yield span
    end = 0
    for match in _SQL().finditer(text):
        if match.start() >= end and (span := value(text, match.end(), PASSWORD)):
            end = span.end
            yield span
    command = re.search(r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b", text)
    if command:
        for match in _GLUED().finditer(text, command.end()):
            if span := value(text, match.end(), PASSWORD):
                yield span
    for match in _USER().finditer(text):
        yield Span(*match.span("value"), PASSWORD)


def elements(text: str) -> Iterator[Span]:
    """The content of XML elements, also of escaped ones. https://www.w3.org/TR/xml/"""
    kinds: dict[str, str] = {}
    for pattern in _ELEMENTS:
        for match in pattern().finditer(text):
            kind = _kind(kinds, match["name"].rpartition(":")[2])
            if kind and not is_shown(match["value"]):
                yield Span(*match.span("value"), kind)


def value(text: str, start: int, kind: str, *, spaced: bool = False, encoded: bool = False) -> Span | None:
    """The value that begins at `start`, without its quotes; None where there is none, or a sentence."""
    if text.startswith(("[", "("), start):
        if text.startswith("[redacted: ", start):
            return None
        start = after_bracket(text, start)
    if opens(text, start):
        span = quoted_list(text, start, kind)
        covered = text[span.start : span.end]
        return None if not _counts(covered, kind) or is_shown(covered) else span
    if kind in (TOKEN, KEY, SECRET) and _BEARER().match(text, start):
        return headers.value(text, start, kind)
    if text.startswith("arn:", start) or is_prose(text, start, kind, spaced):
        return None
    if text.startswith("{", start):
        before = text[start - 1]
        match = _BRACES().match(text, start) if before == "=" else None
    else:
        match = (_BARE_ENCODED() if encoded else _BARE()).match(text, start)
    if match is None or not _SOMETHING().search(match[0]):
        return None
    end = match.end()
    if kind == SIGNATURE and (stripe := _STRIPE().match(text, start)):
        end = stripe.end()
    if kind in (SESSION, COOKIE):
        query = text.find("?", start, end)
        end = query if query > start else end
    if not _counts(text[start:end], kind):
        return None
    return Span(start, end, kind)


def _is_label(text: str, match: re.Match[str]) -> bool:
    """`"Password: "`, a label in quotes: the quote after it closes, and opens no value."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return before == after and before in ("'", '"') and text[match.end("name")] not in "'\"\\"


def _counts(text: str, kind: str) -> bool:
    """Can a secret of this kind look so? A code has digits, HTML's access key is a letter, `shop/jira` is a name."""
    if kind == CODE:
        return text[:1].isdigit()
    if kind == SECRET and _SECRET_NAME().fullmatch(text):
        return False
    return len(text) >= _SHORTEST.get(kind, 1)


def _is_test_result(text: str, span: Span) -> bool:
    """`pass=41 fail=1`, `PASS: TestRefunds`."""
    return text[span.start : span.end].isdigit() or text.endswith("PASS: ", 0, span.start)


def _kind(kinds: dict[str, str], name: str) -> str:
    """`kind_of`, once for each name of a text."""
    if name not in kinds:
        kinds[name] = kind_of(name) if WORTH().search(name) else ""
    return kinds[name]


def _kind_after(text: str, start: int, name: str) -> str:
    """The kind of `token` and `key`, by the word before: `API key:`, `Unexpected token:`."""
    words = text[max(0, start - 16) : start].lower().split()
    before = words[-1] if words and text[start - 1] == " " else ""
    if name.lower() == "key":
        return KEY if before in _BEFORE_KEY else ""
    return "" if before in _ALIKE else TOKEN
