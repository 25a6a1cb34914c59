"""What is wrong with the sources of an import, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.evaluate.template.text import TemplateText
from generator.findings import Finding, Mark


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """What is wrong with a file. text: the file, as far as it is text, for who prints the findings."""

    text: TemplateText
    findings: tuple[Finding, ...]


class BadSources(Exception):
    """Sources that cannot be read. messages: sentences that begin with their file, for those without a text."""

    def __init__(self, problems: Sequence[SourceProblem], messages: Sequence[str] = ()) -> None:
        self.problems, self.messages = tuple(problems), tuple(messages)
        lines = [f"{problem.text.name}: {finding.message}" for problem in problems for finding in problem.findings]
        super().__init__("\n".join([*lines, *messages]))


def bad_source(name: str, message: str, hint: str = "", *, mark: Mark | None = None) -> BadSources:
    """The error for one fault of one file, whose text is not shown."""
    finding = Finding("Y02" if mark else "Y04", message, mark=mark or Mark(1, 1), hint=hint)
    return BadSources([SourceProblem(TemplateText(name, "", None), (finding,))])
