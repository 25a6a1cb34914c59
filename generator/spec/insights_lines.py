"""Queries that choose lines: the commands `fields`, `filter` and `parse` of Logs Insights, and no others.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from generator.findings import suggest
from generator.spec.scalars import Scalar, show, wrong

# The limit of StartQuery less the text that the agent adds.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
LONGEST = 8_000
COMMANDS = ("fields", "filter", "parse")
USUAL = "fields @timestamp, @message, @log | filter @message like /(?i)(error|fail|exception)/"
# Commands of the language that are not for here, and what is done about what they are for.
_WHY_NOT = {
    "limit": "the agent reads all matching lines in chunks",
    "sort": "the agent sorts lines by time",
    "stats": "the agent counts, error by error",
    "dedup": "it would drop lines that have to be counted",
    "display": "the agent reads the fields that it needs",
    "unmask": "masked data stays masked",
    "source": "`groups` selects the log groups",
    "pattern": "the agent groups lines to errors",
    "diff": "the agent compares windows",
    "anomaly": "the agent compares windows",
    "filterindex": "it would query only log groups with an index of the field",
    "unnest": "it makes several lines from one, and each would be counted",
    "lookup": "lines are selected by their content",
    "join": "lines are selected by their content",
}
_WORDS = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\\n]|\\.)*/|#[^\n]*)|(\|)|([^"'/|#]+|.)""", re.DOTALL
)


def query(value: object) -> str:
    """The query as it was written, without space around it. Raises a scalar's error about the first wrong command."""
    if not isinstance(value, str) or not value.strip():
        raise wrong(f"expected a query, got {show(value)}", "use filter @message like /ERROR/")
    text = value.strip()
    if len(text) > LONGEST:
        raise wrong(f"a query has {LONGEST:,} characters at most, got {len(text):,}", "shorten the query")
    commands = [*_commands(text)]
    for command in commands:
        _is_known(command)
    if re.search(r"\bunmask\s*\(", "".join(plain for _, _, plain in _WORDS.findall(text)), re.IGNORECASE):
        raise wrong("`unmask()` is not allowed: masked data stays masked", "use the field itself")
    if not any(_name(command) == "filter" for command in commands):
        raise wrong("without a `filter` every line would be an error", "add filter @message like /(?i)(error|fail)/")
    return text


QueryText = Annotated[str, Scalar(query, type="string", maxLength=LONGEST, examples=["filter @message like /ERROR/"])]


def _commands(text: str) -> Iterator[str]:
    """The text between pipes, where these are not inside quotes, patterns or comments; without comments."""
    command = ""
    for quoted, pipe, plain in _WORDS.findall(text):
        if pipe:
            yield command.strip()
            command = ""
        elif not quoted.startswith("#"):
            command += quoted or plain
    yield command.strip()


def _name(command: str) -> str:
    return re.split(r"\W", command, maxsplit=1)[0].lower()


def _is_known(command: str) -> None:
    if not command:
        raise wrong(
            "a command is missing between two `|`, or at the start or end of the query",
            "put one `|` between two commands",
        )
    name = _name(command)
    if name in COMMANDS:
        if command[len(name) :].strip():
            return
        raise wrong(f"`{name}` has no argument", "use filter @message like /ERROR/")
    if name in _WHY_NOT:
        raise wrong(f"`{name}` is not allowed: {_WHY_NOT[name]}", f"use only {', '.join(COMMANDS)}")
    raise wrong(f"{show(command)} does not begin with a command that selects lines", suggest(name, COMMANDS))
