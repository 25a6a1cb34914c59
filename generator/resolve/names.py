"""Names and logical ids: pure functions of the YAML path, never of order, count or shard.

CloudWatch names follow `<resource-type>-<environment>`; logical ids are alphanumeric, as CloudFormation wants them.
"""

from __future__ import annotations

import re

from generator.findings import Finding, Path, suggest

_WORD = r"[A-Za-z_-]+|label\.[\w-]+"
_PLACEHOLDER = re.compile(rf"\{{\{{({_WORD})\}}\}}|\{{({_WORD})\}}")


def pascal(key: str) -> str:
    """`application-errors` → `ApplicationErrors`, one to one.

    An upper-case letter marks the start of a word, so words that start with a digit get a Z (`http-5xx` → `HttpZ5xx`),
    and words that would then look the same get one more (`http-z5xx` → `HttpZz5xx`).
    """
    return "".join(_word(part) for part in key.split("-"))


def _word(part: str) -> str:
    escaped = f"z{part}" if re.match(r"z*[0-9]", part) else part
    return escaped[0].upper() + escaped[1:]


def logical_id(kind: str, key: str, account: str | None = None) -> str:
    """The id of a resource in its template, such as `AlarmApplicationErrors`."""
    return f"{kind}{pascal(key)}" + (f"In{pascal(account)}" if account else "")


def resource_name(key: str, kind: str, environment: str, account: str | None = None) -> str:
    """The name people see in AWS, such as `application-errors-alarm-prod`."""
    middle = f"-{account}" if account else ""
    return f"{key}{middle}-{kind}-{environment}"


def fill(text: str, values: dict[str, str], path: Path, findings: list[Finding]) -> str:
    """`{environment}` and `{project}` replaced, and `{{id}}` by `{id}`; any other placeholder is a finding (R01)."""

    def replace(match: re.Match[str]) -> str:
        literal, word = match.groups()
        if literal:
            return f"{{{literal}}}"
        if word in values:
            return values[word]
        names = ", ".join(f"{{{name}}}" for name in values)
        hint = suggest(word, values, f"use one of {names}, or write {{{{{word}}}}} for {{{word}}} itself")
        findings.append(Finding("R01", f"unknown placeholder `{{{word}}}`", path, hint=hint))
        return match.group(0)

    return _PLACEHOLDER.sub(replace, text)


def escaped(text: str) -> str:
    """A text that was filled in as one that is filled in once more: `{{id}}` for `{id}`."""
    return re.sub(rf"(?<!\$)\{{({_WORD})\}}", r"{{\1}}", text)


def unescaped(text: str) -> str:
    """The opposite."""
    return _PLACEHOLDER.sub(lambda match: f"{{{match[1]}}}" if match[1] else match[0], text)
