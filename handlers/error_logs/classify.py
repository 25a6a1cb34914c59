"""What a log line is: an error or none; and, from joining.py, which rows are one event."""

from __future__ import annotations

import re

from handlers.error_logs.invocations import invocation
from handlers.error_logs.joining import continues, joined
from handlers.error_logs.opened import structured_record
from handlers.error_logs.plain import plain
from handlers.error_logs.prefixes import LOUD, QUIET, prefix

__all__ = ["continues", "is_error", "joined"]

LIMIT = 8192
# A level in the first characters of a line whose form is not known.
_EARLY = 160
_LEVEL = re.compile(r"(?<![\w./-])(TRACE|DEBUG|INFO|NOTICE|VERBOSE|ERROR|FATAL|CRITICAL|SEVERE|PANIC)(?![\w./-])")
_PLATFORM = ("START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START ", "EXTENSION", "XRAY TraceId:")
_WORDS = re.compile(
    r"error|fail|exception|fatal|panic|critical|traceback|timed[ -]?out|denied|refused|killed|abort|unable to|cannot"
    r"|could ?n[o']t|segfault|out ?of ?memory|oomkill|crash|corrupt|rejected",
    re.IGNORECASE,
)
_NOTHING = (
    r"(?:0+(?:\.0+)?%?|null|none|nil|false|no(?=[,;}\s]*$|[,;}])|n/a|undefined|\{\s?\}|\[\s?\]|\"\"|''|-)(?![\w.])"
    r"|(?:(?<==)(?=[\s,;&]|$))"
)
_HARMLESS = re.compile(
    # errors=0, "error": null, failed: 0, error code 0
    r"(?:errors?|err|fail(?:ures?|ed|s)?|(?<![A-Za-z])exceptions?)(?:[_ -]?(?:count|rate|total|code|message|msg"
    r"|number|percent(?:age)?))?"
    rf"\\?[\"']?\s?[=:]\s?\\?(?:{_NOTHING})"
    r"|\berror ?code 0\b"
    # 0 errors, no failures, 0 tests failed, without error
    r"|\b(?:0|no|zero|without(?: any)?|never|non)[ -](?:[a-z]{1,20}[ -])?(?:errors?|failures?|fail(?:ed|s|ing)?"
    r"|exceptions?)\b"
    # failover, fail-safe and names of things that are there for errors
    r"|\bfail(?:ed|ing)?[ _-]?(?:over|safe|back|fast|soft|open)\w*|\bfail2ban|\bfailure[ -]domains?"
    r"|\bfault[ -]toleran\w*"
    r"|(?:error|exception|failure|crash|panic)s?[ _.-]?(?:handl(?:er|ing)|log(?:s|ger|ging)?|pages?|budgets?"
    r"|report(?:er|ing|s)?"
    r"|mappers?|filters?|resolvers?|boundary|callbacks?|tracking|tracker|rates?|threshold|metrics?|total|policy|mode"
    r"|template"
    r"|middleware|monitor(?:ing)?|counter|alarms?|detection|correction|recovery|free)\b"
    r"|\bon[ _-]?(?:error|failure|exception)\b|\bexceptional\w*|with the exception of|\berror\.(?:html?|log|css|js"
    r"|php|png)\b"
    # addresses, paths and requests
    r"|https?://[^\s\"]{1,2000}|(?<![\w/])/[\w./%?=&+-]{2,2000}|\"(?:GET|POST|PUT|HEAD|PATCH|DELETE"
    r"|OPTIONS) [^\"]{0,2000}\"",
    re.IGNORECASE,
)


def is_error(text: str) -> bool:
    """Whether an event reports an error; looks at the first 8,192 characters.

    A failed invocation of Lambda is one. Else a level decides where there is one: INFO, DEBUG and the like are none.
    Without one, or with WARN, words decide; `errors=0`, `"error": null`, `failover` and the like do not count. A line
    with no word of an error was chosen by a query of the file's own for another word, and is one, too.
    """
    text = plain(text[:LIMIT]).strip()
    failed = invocation(text)
    if failed and failed.failed:
        return True
    level = _level(text)
    if level in LOUD:
        return True
    if level in QUIET:
        return False
    if failed:
        return True
    if not _WORDS.search(text):
        return not continues(text) and not text.startswith(_PLATFORM)
    return _WORDS.search(_HARMLESS.sub(" ", text)) is not None


def _level(text: str) -> str:
    """The level in small letters; empty where there is none."""
    level = prefix(text).level
    if level:
        return level
    record = structured_record(text)
    if record and record.level:
        return record.level
    if record or text.startswith("{"):
        return ""
    found = _LEVEL.search(text, 0, _EARLY)
    return found[1].lower() if found else ""
