"""The Markdown page of a check and the index of all checks, generated from the checks' modules.

The example on the page is the example that the tests run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.check import Check

GENERATED = "<!-- Written by `python -m tests.update_docs`. Edit the check's module, not this file. -->"
FAMILIES = {
    "house": ("House rules", "Conventions of obsgen. Each can be waived, by name and with a reason."),
    "truth": ("Truths", "Configurations that AWS rejects or that cannot work. They cannot be waived."),
    "quota": ("Quotas", "AWS service quotas. They cannot be waived."),
}
# An example that exceeds a quota repeats itself; the page has its beginning.
_LONGEST_EXAMPLE = 30
_BEGINNING = 7
_LONGEST_LINE = 140
_ANY_PATH = "the path that the finding shows"
_GUARDS_TEMPLATES = (
    "Nothing: no observability.yaml causes this finding. The check guards the templates that obsgen writes, so please"
    " report it as a bug."
)


def check_page(check: Check) -> str:
    """The Markdown page of a check: what it checks, why, a failing example, what to use instead, how to waive it."""
    return "\n".join(_lines(check)) + "\n"


def check_index(checks: Iterable[Check]) -> str:
    """The table of all checks, a section for each family."""
    every = list(checks)
    lines = [GENERATED, "# Checks", "", "`obsgen explain CODE` prints the page of a check."]
    for family, (heading, meaning) in FAMILIES.items():
        members = [check for check in every if check.family == family]
        if members:
            lines += ["", f"## {heading}", "", meaning, ""]
            lines += ["| code | name | rule |", "| --- | --- | --- |"]
            lines += [f"| [{c.code}]({c.code}.md) | `{c.name}` | {_cell(c.summary)} |" for c in members]
    return "\n".join(lines) + "\n"


def _lines(check: Check) -> Iterator[str]:
    yield GENERATED
    yield f"# {check.code}: {check.name}"
    yield from ("", "## What it checks", "", check.title)
    yield from ("", "## Why", "", check.why)
    yield from ("", "## Example that fails", "")
    if check.bad_template:
        yield from ("In the generated templates:", "")
    yield from _yaml(check.bad or check.bad_template)
    yield from ("", "## Use instead", "")
    yield from _yaml(check.good) if check.good else [_GUARDS_TEMPLATES]
    yield from ("", "## How to waive", "")
    yield from _waiver(check)
    yield from ("", "## Source", "", f"<{check.source}>" if check.source.startswith("http") else check.source)


def _yaml(text: str) -> Iterator[str]:
    """An example as a code block, shortened if it is long."""
    lines = text.rstrip("\n").split("\n")
    yield "```yaml"
    beginning = lines if len(lines) <= _LONGEST_EXAMPLE else lines[:_BEGINNING]
    for line in beginning:
        yield line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…  # {len(line):,} characters"
    if len(lines) > len(beginning):
        yield f"# … and {len(lines) - len(beginning)} more lines"
    yield "```"


def _waiver(check: Check) -> Iterator[str]:
    if check.family != "house":
        yield "This check cannot be waived: it states what AWS does, not a convention."
        return
    yield "Add a waiver for one entry, with a reason, and with a last day if it is temporary:"
    yield ""
    yield "```yaml"
    yield "waivers:"
    yield f"  - rule: {check.name}"
    yield f"    for: {_subject(check)}"
    yield "    reason: why the exception is right, for reviewers"
    yield "    until: 2027-06-30"
    yield "```"


def _subject(check: Check) -> str:
    """The path that a waiver of this rule would name: the entry at which the example fails."""
    keys: list[str] = []
    for line in check.bad.split("\n"):
        depth = (len(line) - len(line.lstrip())) // 2
        if line.strip() and depth == len(keys) and depth < 2:
            keys.append(line.strip().split(":")[0])
    return ".".join(keys) or _ANY_PATH


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
