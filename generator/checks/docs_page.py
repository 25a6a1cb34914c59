"""The page of a check, and the table of all of them: Markdown from what the check's module says of itself.

Nothing is written twice: the example on the page is the example that the tests run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.checks.check import Check

GENERATED = "<!-- Written by `python -m tests.update_docs`. Edit the check's module, not this file. -->"
FAMILIES = {
    "house": ("House rules", "What we want. Each can be waived, by name and with a reason."),
    "truth": ("Truths", "What is wrong on AWS whatever anybody wants. None can be waived."),
    "quota": ("Quotas", "What AWS takes. None can be waived."),
}
# An example that breaks a quota repeats itself; its beginning says it all.
_LONGEST_EXAMPLE = 30
_BEGINNING = 7
_LONGEST_LINE = 140
_ANY_PATH = "the path that the finding shows"


def check_page(check: Check) -> str:
    """What the check is, why, an example of it, how to waive it, and where AWS says so."""
    return "\n".join(_lines(check)) + "\n"


def check_index(checks: Iterable[Check]) -> str:
    """The table of all checks, a section for each family."""
    every = list(checks)
    lines = [GENERATED, "# Checks", "", "`obsgen explain <code>` prints the page of one."]
    for family, (heading, meaning) in FAMILIES.items():
        members = [check for check in every if check.family == family]
        if members:
            lines += ["", f"## {heading}", "", meaning, ""]
            lines += ["| code | name | what it says |", "| --- | --- | --- |"]
            lines += [f"| [{c.code}]({c.code}.md) | `{c.name}` | {_cell(c.title)} |" for c in members]
    return "\n".join(lines) + "\n"


def _lines(check: Check) -> Iterator[str]:
    yield GENERATED
    yield f"# {check.code}: {check.name}"
    yield ""
    yield check.title
    yield ""
    yield "## Why"
    yield ""
    yield check.why
    if check.bad:
        yield from ("", "## Example", "", f"Found by {check.code}:", "")
        yield from _yaml(check.bad)
    if check.good:
        yield from ("", "Fine:", "")
        yield from _yaml(check.good)
    yield from ("", "## Waiving it", "")
    yield from _waiver(check)
    yield from ("", "## Source", "", f"<{check.source}>" if check.source.startswith("http") else check.source)


def _yaml(text: str) -> Iterator[str]:
    """An example as a block; what a quota needs hundreds of is shown a few times."""
    lines = text.rstrip("\n").split("\n")
    yield "```yaml"
    shown = lines if len(lines) <= _LONGEST_EXAMPLE else lines[:_BEGINNING]
    for line in shown:
        yield line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…  # {len(line):,} characters"
    if len(lines) > len(shown):
        yield f"# … and {len(lines) - len(shown)} lines more"
    yield "```"


def _waiver(check: Check) -> Iterator[str]:
    if check.family != "house":
        yield "It cannot be waived: it is about what AWS does, not about what we want."
        return
    yield "For one thing, with a reason, and with a last day where there is one:"
    yield ""
    yield "```yaml"
    yield "waivers:"
    yield f"  - rule: {check.name}"
    yield f"    for: {_subject(check)}"
    yield "    reason: why it is right here; a reviewer reads it"
    yield "    until: 2027-06-30"
    yield "```"


def _subject(check: Check) -> str:
    """What a waiver of this rule would be for: the path at which the example is wrong."""
    keys: list[str] = []
    for line in check.bad.split("\n"):
        depth = (len(line) - len(line.lstrip())) // 2
        if line.strip() and depth == len(keys) and depth < 2:
            keys.append(line.strip().split(":")[0])
    return ".".join(keys) or _ANY_PATH


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
