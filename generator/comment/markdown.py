"""A results document as the Markdown of a comment or of a job summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.comment.blocks import Block, render_blocks, size
from generator.comment.document import ResultsDocument
from generator.comment.marker import RunInfo
from generator.comment.section import SectionSummary, State, comment_sections
from generator.comment.text import code
from generator.wording import pluralize

MOST_COMMENT_BYTES = 60_000
"""GitHub refuses a body of more than 65,536 characters, GitLab one of more than 1,000,000."""
MOST_SUMMARY_BYTES = 1_000_000
"""GitHub's job summaries have at most 1 MiB for a step."""
_FOR_FOOTER = 600


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    summary: SectionSummary
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class RenderedComment:
    """A comment. is_failed: whether a section failed. is_quiet: whether nothing differs and nothing was found."""

    markdown: str
    is_failed: bool
    is_quiet: bool


def render_comment(
    document: ResultsDocument, run: RunInfo, *, most_bytes: int = MOST_COMMENT_BYTES, rest: str = ""
) -> RenderedComment:
    """The comment in at most so many bytes, cut at lines. rest: Markdown that says where the rest is, if it is cut."""
    sections = list(_sections(document))
    is_failed = any(section.summary.state is State.FAILED for section in sections)
    is_quiet = bool(sections) and not document.unknown and all(section.summary.is_quiet for section in sections)
    head = [run.marker, *_head(document, sections, is_quiet)]
    if is_quiet:
        return RenderedComment("\n".join([*head, "", _footer(run)]) + "\n", is_failed, is_quiet)
    left = most_bytes - sum(size(line) + 1 for line in head) - _FOR_FOOTER
    bodies, is_cut = _bodies(sections, left)
    note = [f"This comment was cut after {most_bytes:,} bytes{f'; {rest}' if rest else ''}.", ""] if is_cut else []
    return RenderedComment("\n".join([*head, "", *bodies, *note, _footer(run)]) + "\n", is_failed, is_quiet)


def _sections(document: ResultsDocument) -> Iterator[_Section]:
    for name, section in comment_sections().items():
        results = document.sections.get(name)
        if results is not None:
            yield _Section(section.title, section.summary(results), list(section.blocks(results)))


def _head(document: ResultsDocument, sections: list[_Section], is_quiet: bool) -> Iterator[str]:
    if is_quiet:
        yield f"{State.PASSED.value} {code(document.file)}: {'; '.join(s.summary.text for s in sections)}"
        return
    yield f"### {code(document.file)}"
    yield ""
    for section in sections:
        yield f"- {section.summary.state.value} **{section.title}**: {section.summary.text}"
    if document.unknown:
        yield f"- {State.SKIPPED.value} {pluralize(document.unknown, 'section')} of another version of obsgen"


def _bodies(sections: list[_Section], most_bytes: int) -> tuple[list[str], bool]:
    """The lines of the sections' bodies, and whether any is cut. Short ones are whole, long ones share what is left."""
    whole = [render_blocks(section.blocks, most_bytes)[0] for section in sections]
    sizes = [size(section.title) + size(text) + 10 for section, text in zip(sections, whole, strict=True)]
    rooms = _rooms(sizes, most_bytes)
    lines: list[str] = []
    is_any_cut = False
    for section, needed, room in zip(sections, sizes, rooms, strict=True):
        text, is_cut = render_blocks(section.blocks, room - size(section.title) - 10)
        is_any_cut = is_any_cut or is_cut or needed > room
        lines += [f"#### {section.title}", "", text, ""] if text else []
    return lines, is_any_cut


def _rooms(sizes: list[int], most_bytes: int) -> list[int]:
    """The bytes of each: what it needs, or an equal share of what the smaller ones leave."""
    rooms = [0] * len(sizes)
    left = most_bytes
    by_size = sorted(range(len(sizes)), key=lambda index: sizes[index])
    for position, index in enumerate(by_size):
        rooms[index] = min(sizes[index], left // (len(sizes) - position))
        left -= rooms[index]
    return rooms


def _footer(run: RunInfo) -> str:
    commit = f"Commit `{run.commit[:7]}`. " if run.commit else ""
    log = f"[Run]({run.url}). " if run.url else ""
    return f"<sub>{commit}{log}Written by <code>obsgen comment</code>; a later run replaces it.</sub>"
