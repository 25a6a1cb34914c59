"""What precedes a message in its line: time, level, process, thread, logger. It is no part of what happened."""

from __future__ import annotations

import re
from typing import NamedTuple

from handlers.error_logs.words import VENDORS

# Words for levels by what they mean, as syslog, Python, Java, Go, Node and .NET write them.
QUIET = frozenset(
    (
        "trace",
        "debug",
        "dbug",
        "fine",
        "finer",
        "finest",
        "verbose",
        "info",
        "information",
        "notice",
        "dbg",
        "inf",
        "log",
    )
)
WARNING = frozenset(("warn", "warning", "wrn"))
LOUD = frozenset(
    (
        "error",
        "err",
        "eror",
        "fatal",
        "critical",
        "crit",
        "severe",
        "panic",
        "emerg",
        "emergency",
        "alert",
        "fail",
        "ftl",
        "crt",
    )
)
_MOST_PIECES = 24
_LONGEST = 400

_WORDS = "|".join(sorted(QUIET | WARNING | LOUD, key=len, reverse=True))
_MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|CET|CEST|[A-Z]ST|[+-]\d\d:?\d\d))?"
_TIME = (
    rf"(?:\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ,_-]{_CLOCK})?{_ZONE}"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:{_MONTHS} {{1,2}}\d{{1,2}}|\d\d[ /]{_MONTHS}[ /]\d{{4}}[: ])"
    rf"(?:,? \d{{4}})?,? ?{_CLOCK}(?: \d{{4}})?{_ZONE}"
    rf"|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}} {_CLOCK}"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|1\d{9}(?:\d{3})?(?:\.\d{1,9})?(?=[ \t\]]))"
)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A level in capitals needs no sign around it; in small letters it is a word like others, unless it has one.
_LEVEL = (
    rf"(?:(?P<bare>{_WORDS.upper()})(?![\w.-])[:|]?|[\[(<|](?P<boxed>(?i:{_WORDS}))[\])>|]:?"
    rf"|(?P<colon>(?i:{_WORDS})):(?=\s)(?!\s(?:false|null|none|nil|0)\b)"
    rf"|level=(?P<named>(?i:{_WORDS}))\b)"
)
_FIRST = (
    r"\s+"
    r"|<\d{1,3}>(?:\d )?"
    r"|(?P<klog>[IWEF])\d{4} \d\d:\d\d:\d\d\.\d{1,9} +\d{1,7} [\w./-]{1,80}:\d{1,6}\]"
    rf"|(?:RequestId: )?{_UUID}"
    rf"|\[{_TIME}:? (?P<inside>{_WORDS.upper()})\b[^\]\n]{{0,60}}\]"
    rf"|(?P<time>\[?{_TIME}\]?:?)(?=[\s\]|,]|$)"
    rf"|{_LEVEL}"
    rf"|\[(?:{_UUID}|\s{{0,8}}\d[\d.]{{0,20}}|[0-9a-f]{{12,40}})\]:?"
    r"|kernel: |Exception in thread \"[^\"\n]{0,120}\" "
)
# Words that say what happened although they stand where a logger would.
_TYPE = (
    rf"(?!(?:{VENDORS})-?\d{{3,6}}:)"
    r"(?![\w.$]{0,120}(?:[Ee]rror|[Ee]xception|ERROR|Fault|Failure|Timeout)\b)"
)
_NEXT = (
    rf"{_FIRST}"
    r"|\[(?!redacted:|[Ee]rrno)[^\[\]\n]{0,100}\]:?"
    r"|\d{1,9}(?:#\d{1,9})?:?(?=\s)(?=\s+(?:---|\[|[*]|\d{1,9}#))"
    r"|\*\d{1,12}(?=\s)"
    r"|\d{1,9}#\d{1,9}:"
    r"|-{1,3}(?=\s)|\|(?=\s)|–(?=\s)"
    rf"|{_TYPE}[\w./$@-]{{1,100}}(?:\[\d{{1,9}}\])?(?:\s{{0,40}}:(?=\s)|\s{{1,40}}[-–](?=\s))"
)
_AFTER_LEVEL = re.compile(rf"{_TYPE}[\w./$@-]{{1,60}}:(?=\w)")
_DJANGO = re.compile(r"\w{1,40} \d{1,7} \d{1,16}(?=\s)")
# A host and a program: after a time that begins with its month, or with the number of the process.
_SYSLOG = re.compile(r" [\w.-]{1,64} [\w./()-]{1,64}\[\d{1,9}\]: ?| [\w.-]{1,64} [\w.-]{1,48} \d{1,9} \S{1,32} -\s")
_BSD_SYSLOG = re.compile(r" [\w.-]{1,64} [\w./()-]{1,64}(?:\[\d{1,9}\])?: ?")
_first, _next = re.compile(_FIRST), re.compile(_NEXT)
_KLOG = {"I": "info", "W": "warn", "E": "error", "F": "fatal"}


class Prefix(NamedTuple):
    """level: in small letters, empty where there is none. end: where the message begins."""

    level: str
    end: int


def prefix(text: str) -> Prefix:
    """What precedes the message; nothing where the line would have no message without it."""
    at, level, known = 0, "", False
    for _ in range(_MOST_PIECES):
        match = (_next if known else _first).match(text, at)
        if not match or match.end() == at or at > _LONGEST:
            break
        at = match.end()
        if match.group().isspace():
            continue
        level, more = level or _level(match), _more(text, at, match)
        known, at = True, more
    if not text[at:].strip():
        return Prefix(level, 0)
    return Prefix(level, at)


def _level(match: re.Match[str]) -> str:
    for name in ("bare", "boxed", "colon", "named", "inside"):
        if word := match[name]:
            return str(word).lower()
    return _KLOG.get(match["klog"] or "", "")


def _more(text: str, at: int, match: re.Match[str]) -> int:
    """Where pieces end that only follow another one: host and program after a time, a logger after a level."""
    if match["bare"] and match.group().endswith(":"):
        logger = _AFTER_LEVEL.match(text, at)
        return logger.end() if logger else at
    if match["time"]:
        host = (_BSD_SYSLOG if match.group()[:1].isalpha() else _SYSLOG).match(text, at)
        if host and not _first.match(text, at + 1):
            return host.end()
        django = _DJANGO.match(text, at + 1)
        return django.end() if django else at
    return at
