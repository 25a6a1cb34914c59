"""Records: what a line in JSON or in `key=value` says, whatever its program calls the fields."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from handlers.error_logs.prefixes import prefix

# Fields by what they hold, in small letters; the first that is there wins. Names are those of pino, winston, bunyan,
# zap, zerolog, logrus, slog, structlog, python-json-logger, logstash (ECS), Serilog, NLog, Lambda and Powertools.
_LEVEL = ("level", "severity", "@l", "log_level", "loglevel", "levelname", "log.level", "lvl", "level_name")
_MESSAGE = (
    "message",
    "msg",
    "@m",
    "@mt",
    "errormessage",
    "error_message",
    "event",
    "log",
    "short_message",
    "text",
    "description",
)
_ERROR = ("error", "err", "exception", "exc", "cause", "reason", "exception_message")
_STACK = (
    "stack",
    "stacktrace",
    "stack_trace",
    "traceback",
    "exc_info",
    "@x",
    "exception",
    "error.stack_trace",
    "trace_back",
    "backtrace",
)
_TYPE = (
    "errortype",
    "error_type",
    "type",
    "class",
    "classname",
    "exception_class",
    "error.type",
    "name",
    "exception_name",
    "kind",
)
_REQUEST = ("requestid", "request_id", "awsrequestid", "aws_request_id", "function_request_id")
_EXIT_DETAILS = (
    "status",
    "statuscode",
    "status_code",
    "http_status",
    "httpstatus",
    "exitcode",
    "exit_code",
    "signal",
    "errno",
)
# Numbers for levels in pino and bunyan: 50 is error, 60 is fatal.
_NUMBERED = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
_DEEP, _STACK_LINES, _LONGEST = 3, 60, 8192
_REDACTED = re.compile(r"\[redacted: ?[^\]\n]{0,60}\]")
_FIELD = re.compile(r'"([\w.@-]{1,40})"\s{0,4}:\s{0,4}(?:"([^"\\]*(?:\\.[^"\\]*)*)|(-?\d{1,20}))')
_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,40})=(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^\s"]*))')
# What Node's runtime writes before the JSON of an exception.
_PLATFORM = ("Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection")
_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\n"}


@dataclass(frozen=True, slots=True)
class StructuredRecord:
    """level: in small letters. message, error: texts. type: of the exception. stack: as text of many lines.
    exit_details: status, exit code and signal, as `name=value`.
    """

    level: str
    message: str
    error: str
    type: str
    stack: str
    request: str
    exit_details: tuple[str, ...]


def structured_record(text: str) -> StructuredRecord | None:
    """What a line says that is JSON, has JSON at its end, or consists of `key=value`; None where it is none of them."""
    start = text.find('{"', 0, 600)
    if start < 0 and text.startswith(("{ ", "{\n", "{'")):
        start = 0
    if start >= 0:
        fields = _json(text[start:])
        if fields:
            return _behind(text[:start], _record(fields))
    if "msg=" in text or "level=" in text:
        return _logfmt(text)
    return None


def _behind(before: str, record: StructuredRecord) -> StructuredRecord:
    """A record with what precedes it in its line, which is the message unless it is a prefix or the words of Lambda."""
    start = prefix(before)
    rest = before[start.end :].strip() if before.strip() else ""
    if not rest or rest.startswith(_PLATFORM) or rest == "{":
        return record
    error = ": ".join(part for part in (record.message, record.error) if part)
    return replace(record, level=start.level or record.level, message=rest, error=error)


def _json(text: str) -> dict[str, Any]:
    tries = [text, _REDACTED.sub("0", text)] if "[redacted" in text else [text]
    if text.rstrip().endswith("}"):
        for attempt in tries:
            try:
                fields = json.loads(attempt)
            except (ValueError, RecursionError):
                continue
            return _lower(fields) if isinstance(fields, dict) else {}
    return _cut(text)


def _lower(fields: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in fields.items()}


def _cut(text: str) -> dict[str, Any]:
    """The fields of JSON that was cut off, on whatever depth: the first of each name."""
    fields: dict[str, Any] = {}
    for match in _FIELD.finditer(text):
        value = int(match[3]) if match[3] else _plain(match[2])
        fields.setdefault(match[1].lower(), value)
    return fields if len(fields) > 1 else {}


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda match: _LETTERS.get(match[1], match[1]), text) if "\\" in text else text


def _logfmt(text: str) -> StructuredRecord | None:
    fields: dict[str, Any] = {}
    for match in _PAIR.finditer(text):
        fields.setdefault(match[1].lower(), _plain(match[2]) if match[2] is not None else match[3])
    return _record(fields) if any(name in fields for name in _MESSAGE) else None


def _record(fields: dict[str, Any], deep: int = 0) -> StructuredRecord:
    message = _first(fields, _MESSAGE)
    inner: StructuredRecord | None = None
    if isinstance(message, dict) and deep < _DEEP:
        inner = _record(_lower(message), deep + 1)
    elif isinstance(message, str) and message.startswith("{") and deep < _DEEP:
        nested = _json(message[:_LONGEST])
        inner = _record(nested, deep + 1) if nested else None
    error = _first(fields, _ERROR)
    caught = _record(_lower(error), deep + 1) if isinstance(error, dict) and deep < _DEEP else None
    own = StructuredRecord(
        _level(fields),
        "" if inner else _text(message),
        "" if caught or _many(_text(error)) else _text(error),
        _text(_first(fields, _TYPE)) if "errortype" in fields or deep else _text(_first(fields, _TYPE[:2])),
        _stack(_first(fields, _STACK), error, "" if inner else message),
        _text(_first(fields, _REQUEST)),
        tuple(f"{name}={fields[name]}" for name in _EXIT_DETAILS if _is_exit_detail(fields.get(name))),
    )
    for other in (inner, caught):
        own = _with(own, other, as_error=other is caught) if other else own
    return own


def _stack(*values: Any) -> str:
    """The first that has several lines: a program may write its trace as stack, as error or as message."""
    for value in values:
        text = _text(value).strip("\n")
        if "\n" in text or (text and isinstance(value, list)):
            return text
    return ""


def _with(own: StructuredRecord, other: StructuredRecord, as_error: bool) -> StructuredRecord:
    text = other.message if not other.error or other.error == other.message else f"{other.message}: {other.error}"
    return StructuredRecord(
        own.level or other.level,
        own.message or ("" if as_error else other.message),
        own.error or (text if as_error else other.error),
        own.type or other.type,
        own.stack or other.stack,
        own.request or other.request,
        own.exit_details + other.exit_details,
    )


def _is_exit_detail(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    return (
        bool(value)
        and (not str(value).isdigit() or 0 < int(str(value)[:6]) < 256 or 400 <= int(str(value)[:6]) < 600)
        and len(str(value)) < 24
    )


def _level(fields: dict[str, Any]) -> str:
    level = _first(fields, _LEVEL)
    if isinstance(level, dict):
        level = level.get("name", "")
    if isinstance(level, int) and not isinstance(level, bool):
        return _NUMBERED.get(level, "")
    return _text(level).strip().lower()


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if fields.get(name) not in (None, "", [], {}, False):
            return fields[name]
    return ""


def _many(text: str) -> bool:
    return "\n" in text


def _text(value: Any) -> str:
    """A value as text: a list a line each; a number as it stands; an object not at all."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, list):
        return "\n".join(line.rstrip("\n")[:400] for line in value[:_STACK_LINES] if isinstance(line, str))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
