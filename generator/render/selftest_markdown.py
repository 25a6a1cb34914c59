"""A selftest as Markdown for an issue: a table of verdicts, then the answers of AWS, those that differ first.

Every text is a stranger's: words are words or code, answers are in fences.
https://docs.github.com/en/rest/issues/issues has the longest body of an issue.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from generator.comment.blocks import Fence, MarkdownTable, Paragraph
from generator.comment.text import code, plain
from generator.render.selftest_document import ExperimentReport, SelftestDocument

MOST_MARKDOWN = 60_000
MOST_ANSWER = 6_000
_ORDER = ("differs", "could not be tried", "as expected")
_GAP = "\n\n"


def markdown(document: SelftestDocument) -> str:
    """The text, in at most so many bytes as an issue may have."""
    rows = sorted(document.experiments, key=lambda row: (_ORDER.index(row.verdict), row.name))
    blocks = [*_summary(document, rows)]
    size = sum(len(block.encode()) + len(_GAP) for block in blocks)
    for number, row in enumerate(rows):
        section = _GAP.join(_section(row))
        if size + len(section.encode()) + len(_GAP) > MOST_MARKDOWN - 200:
            blocks.append(f"The answers of {len(rows) - number} more experiments are in the file.")
            break
        blocks.append(section)
        size += len(section.encode()) + len(_GAP)
    return _GAP.join(blocks)


def _summary(document: SelftestDocument, rows: list[ExperimentReport]) -> Iterator[str]:
    counts: Counter[str] = Counter(row.verdict for row in rows)
    yield f"# Selftest of obsgen {code(document.obsgen)} in {code(document.region)}"
    numbers = ", ".join(f"{counts[verdict]} {verdict}" for verdict in _ORDER if counts[verdict])
    yield f"{numbers or 'no experiments'}; {document.started} to {document.ended}"
    table = MarkdownTable(
        ("experiment", "verdict", "question"), [(code(row.name), row.verdict, plain(row.question)) for row in rows]
    )
    yield table.render(20_000)[0]


def _section(row: ExperimentReport) -> Iterator[str]:
    yield f"## {code(row.name)}: {row.verdict}"
    yield Paragraph(f"{plain(row.question)} Expected: {plain(row.expected)}").render(4_000)[0]
    for error in row.errors:
        yield f"- error: {plain(error)}"
    if row.observations:
        text = json.dumps(row.observations, indent=2, ensure_ascii=False)
        yield Fence(text).render(MOST_ANSWER)[0] or "The answer is too long to be here."
