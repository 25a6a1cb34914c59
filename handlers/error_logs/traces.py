"""Stack traces of Python, Java, Node, Go, .NET, Ruby and Rust: types, and the top frames of the own code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.error_logs import libraries
from handlers.error_logs.prefixes import prefix

# Frames that make a key; types of a chain of causes.
_FRAMES, _TYPES = 2, 3
_MOST_LINES = 200

_PYTHON = re.compile(r'\s*File "([^"\n]{1,300})", line \d+, in ([\w<>.]{1,120})')
_NODE = re.compile(
    r"\s*at (?:async )?(?:(?:new )?([\w$.<>#\[\] ]{1,160}?) )?\(?((?:file://|node:|[A-Za-z]:\\|/"
    r"|webpack)[^\s()]{1,300}?):\d+(?::\d+)?\)?\s*\{?\s*$"
)
_JAVA = re.compile(
    r"\s*at (?:[\w.@-]{1,80}/{1,2}(?:[\w.@-]{1,80}/)?)?([\w.$<>-]{1,240})"
    r"\.([\w$<>-]{1,120})\(([\w.$-]{0,120})(?::\d+)?[^)]*\)"
)
_DOTNET = re.compile(r"\s*at ([\w.`<>\[\],+|-]{1,300})\([^)\n]{0,300}\)(?: in ([^\n]{1,300}?):line \d+)?\s*$")
_GO = re.compile(r"([\w./-]{1,200}(?:\.\(\*?\w{1,80}\))?(?:\.[\w-]{1,120})+)(?:\(.*\))?\s*$")
_GO_FILE = re.compile(r"\s+([\w./@-]{1,300}\.go):\d+")
_RUBY = re.compile(r"\s*(?:from )?([\w./-]{1,200}\.rb):\d+:in [`']([^'\n]{1,120})'")
_RUST = re.compile(r"panicked at (?:'[^\n]{0,400}', )?([\w./\\-]{1,200}\.rs):\d+")
_TYPE = re.compile(
    r"(?:[\w.$]{1,160}(?:Error|Exception|Throwable|Fault|Failure|Timeout|Interrupt|Exit|Expired|Denied|Rejected"
    r"|Warning)"
    r"|[a-z_]\w{0,40}(?:\.\w{1,60}){1,8})(?=:|\s*$|\s+\()"
)
_BEGINS = re.compile(
    r"(?:Exception in thread \"[^\"\n]{0,120}\" |Caused by: |Uncaught |Unhandled exception\. |panic: |\[ERROR\] "
    r"|error: |---> )?"
)

_ROOTS = re.compile(
    r"^(?:file://)?(?:[A-Za-z]:)?/(?:var/task|app|usr/src/app|usr/src|src|code|workspace|home/[\w.-]+(?:/app)?"
    r"|opt/app|srv(?:/app)?|build)/"
)
_NUMBER = re.compile(
    r"(?:\$\$?|\.)?(?:Lambda|lambda|EnhancerBySpringCGLIB|SpringCGLIB|FastClassBy\w*)?(?:\$"
    r"|/)*(?:0x)?\d[\da-f]*(?:/0x[\da-f]+)?"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """types: of the exception and its causes, in the order of the trace. frames: of the own code, innermost first.
    message: of the last type. source_path: the file of the first frame.
    """

    types: tuple[str, ...]
    frames: tuple[str, ...]
    message: str
    source_path: str


@dataclass(frozen=True, slots=True)
class _Frame:
    name: str
    path: str
    own: bool


def trace(text: str) -> Trace | None:
    """The stack trace in an event; None where there is none."""
    lines = text.split("\n", _MOST_LINES)[:_MOST_LINES]
    if len(lines) == 1 and "panicked at " not in text:
        return None
    lines = [line.rstrip() for line in lines]
    if "Traceback (most recent call last)" in text or 'File "' in text:
        result = _python(lines)
    elif "goroutine " in text or ".go:" in text:
        result = _go(lines)
    elif "panicked at " in text:
        result = _rust(lines)
    else:
        result = _other_trace(lines)
    return result if result and (result.types or result.frames) else None


def _python(lines: list[str]) -> Trace | None:
    frames: list[_Frame] = []
    types: list[str] = []
    message = ""
    last: list[_Frame] = []
    for line in lines:
        if match := _PYTHON.match(line):
            frames.append(_Frame(f"{_tail(match[1])}:{match[2]}", match[1], not _library(match[1])))
        elif line.startswith("Traceback"):
            frames = []
        elif line and not line[0].isspace():
            kind, detail = _kind(line) if _CAPITAL.match(line) is None or not frames else _named_exception(line)
            if kind and (frames or not types):
                types, message = ([*types, kind], detail) if kind not in types else (types, message or detail)
                last = frames or last
                frames = []
    return _trace(types, list(reversed(frames or last)), message)


def _other_trace(lines: list[str]) -> Trace | None:
    """Java, Node, .NET and Ruby: the type precedes its frames."""
    types: list[str] = []
    groups: list[list[_Frame]] = []
    message, before = "", ""
    for line in lines:
        frame = _frame(line)
        if frame is None:
            if line.strip().startswith(("Caused by:", "---> ")):
                before = ""
                kind, detail = _kind(line.strip())
                if kind:
                    types, message = [*types, kind], detail
                    groups.append([])
                continue
            before = line if line.strip() else before
            continue
        if before:
            kind, detail = _headed(before)
            if kind:
                types, message = [*types, kind], detail
            groups.append([])
            before = ""
        if not groups:
            groups.append([])
        groups[-1].append(frame)
    if not any(groups):
        return None
    for group in reversed(groups):
        if any(frame.own for frame in group):
            return _trace(types, group, message)
    return _trace(types, groups[-1], message)


def _frame(line: str) -> _Frame | None:
    stripped = line.lstrip()
    if not stripped.startswith("at "):
        if ".rb:" in line and (match := _RUBY.match(line)):
            return _Frame(f"{_tail(match[1])}:{match[2]}", match[1], not _library(match[1]))
        return None
    if match := _NODE.match(line):
        name = (match[1] or "").split(" [as ")[0].rpartition(".")[2] if match[1] else "<anonymous>"
        return _Frame(f"{_tail(match[2])}:{name}", match[2], not _library(match[2]))
    if (match := _JAVA.match(line)) and (
        match[3].endswith((".java", ".kt", ".scala", ".groovy")) or match[3] in ("Unknown", "Native")
    ):
        package = match[1].rpartition(".")[0].replace(".", "/")
        path = f"{package}/{match[3]}" if "." in match[3] and package else match[3]
        own = not match[1].startswith(libraries.JAVA)
        return _Frame(_NUMBER.sub("", f"{match[1]}.{match[2]}"), path, own)
    if match := _DOTNET.match(line):
        return _Frame(
            _NUMBER.sub("", match[1]), (match[2] or "").replace("\\", "/"), not match[1].startswith(libraries.DOTNET)
        )
    return _Frame("", "", False)


def _go(lines: list[str]) -> Trace | None:
    frames: list[_Frame] = []
    name, message, kind = "", "", ""
    for line in lines:
        if "panic" in line and not message and not line.startswith("panic("):
            message, kind = line.partition("panic")[2].partition(": ")[2], "panic"
            message = message.partition(": ")[2] if line.partition("panic")[2].startswith(" serving") else message
        if file_match := _GO_FILE.match(line):
            if name:
                own = not name.startswith(libraries.GO) and not _library(file_match[1])
                frames.append(_Frame(name, file_match[1], own))
            name = ""
        elif function_match := _GO.match(line):
            name = function_match[1]
    return _trace([kind] if kind else [], frames, message) if frames else None


def _rust(lines: list[str]) -> Trace | None:
    for at, line in enumerate(lines):
        if match := _RUST.search(line):
            message = lines[at + 1] if at + 1 < len(lines) else ""
            return _trace(["panic"], [_Frame(f"{_tail(match[1])}:", match[1], not _library(match[1]))], message)
    return None


def _trace(types: list[str], frames: list[_Frame], message: str) -> Trace:
    own: list[_Frame] = []
    for frame in frames:
        if frame.own and frame.name not in [known.name for known in own]:
            own.append(frame)
    written_types = types if len(types) <= _TYPES else [types[0], *types[-2:]]
    path = next((_path(frame.path) for frame in own if frame.path), "")
    return Trace(tuple(written_types), tuple(frame.name for frame in own[:_FRAMES]), message, path)


def _kind(line: str) -> tuple[str, str]:
    """Type and message of a line that ends or begins a trace; empty where it is no such line."""
    start = _BEGINS.match(line)
    rest = line[start.end() :] if start else line
    match = _TYPE.match(rest)
    if not match:
        at = _LATER.search(rest)
        if not at:
            return "", ""
        match, rest = _TYPE.match(rest[at.start() :]), rest[at.start() :]
        if not match:
            return "", ""
    return match.group(), rest[match.end() :].lstrip(": ")


def _named_exception(line: str) -> tuple[str, str]:
    """As `_kind`, of a line that stands where a type has to: any name with a capital is one."""
    kind, message = _kind(line)
    if not kind and (match := _CAPITAL.match(line)):
        return match[1], line[match.end() :].strip()
    return kind, message


def _headed(line: str) -> tuple[str, str]:
    """Type and message of the line above the frames, which may have a time and a level before them."""
    end = prefix(line).end
    rest = line[end:].strip()
    kind, message = _kind(rest)
    if not kind and (match := _SWALLOWED.search(line[:end])):
        return match[1], rest
    return (kind, message) if kind else _named_exception(rest)


# A type that looked like a logger, in `ERROR Refused: no such account`.
_SWALLOWED = re.compile(r"(?<![\w.$])([A-Z][a-z][\w$]{0,80}):\s{0,4}$")
_CAPITAL = re.compile(r"(?:Caused by: |Uncaught )?((?:[\w$]{1,80}[.:]{1,2}){0,10}[A-Z][\w$]{1,120})(?::\s|:?\s*$)")
_LATER = re.compile(r"(?<![\w.$])(?=[\w.$]{1,160}(?:Error|Exception|Throwable)(?::|\s*$|\s+\())")


def _library(path: str) -> bool:
    return any(part in path for part in libraries.PATHS)


def _path(path: str) -> str:
    """A path below what containers call the folder of the application."""
    path = path.replace("\\", "/")
    return _ROOTS.sub("", path).lstrip("./")[:200]


def _tail(path: str) -> str:
    """The last two parts of a path, which stay the same wherever the code is deployed."""
    return "/".join(_path(path).split("/")[-2:])
