"""obsgen docs"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import click

from generator.cli.exit import usage_error
from generator.findings import suggest
from generator.render.pages import (
    Topic,
    error_code,
    keys,
    page_text,
    positions_of_heading,
    positions_of_key,
    text_of_key,
    topics,
)
from generator.workspace import page_files

_WIDTH = 120
_MOST_PLACES = 3


def _topics(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: sections, guides and codes of checks; after a section and a dot, its keys."""
    pages = page_files()
    section, dot, _ = incomplete.partition(".")
    if dot:
        known = [f"{section}.{key}" for key in sorted(keys(pages.get(f"language/{section}", "")))]
    else:
        known = sorted(_names(topics(pages)))
    return [name for name in known if name.startswith(incomplete)]


@click.command(name="docs")
@click.argument("topic", required=False, shell_complete=_topics)
def command(topic: str | None) -> None:
    """Print the page of TOPIC as Markdown, or the list of all topics.

    TOPIC is a section of observability.yaml, a key of one, a guide, or the code of a check or an error. A section and a
    guide that have one name are printed one after the other.

    \b
    Examples:
      obsgen docs
      obsgen docs alarms
      obsgen docs alarms.threshold
      obsgen docs testing
      obsgen docs T02

    \b
    Exit codes:
      0  printed
      2  no such topic
    """
    pages = page_files()
    listed = topics(pages)
    if topic is None:
        click.echo("\n".join(_list(listed)))
        return
    click.echo(_text(topic, pages, listed), nl=False)


def _list(listed: Mapping[str, list[Topic]]) -> Iterator[str]:
    """The groups of topics, a line each; the checks as their codes."""
    width = max(len(topic.name) for group in listed.values() for topic in group)
    for title, group in listed.items():
        yield from (f"{title}:", *(_line(topic, width) for topic in group if topic.summary))
        codes = " ".join(topic.name for topic in group if not topic.summary)
        yield from textwrap.wrap(codes, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        yield ""
    yield "`obsgen docs TOPIC` prints a page; TOPIC may also be a key, such as alarms.threshold, or an error code."


def _line(topic: Topic, width: int) -> str:
    return f"  {topic.name.ljust(width)}  {topic.summary}"


def _text(topic: str, pages: Mapping[str, str], listed: Mapping[str, list[Topic]]) -> str:
    """The text of a topic; an unknown one ends the command."""
    for name in (topic, topic.upper()):
        texts = [page_text(pages[entry.path]) for group in listed.values() for entry in group if entry.name == name]
        if texts:
            return "\n".join(texts)
    of_code = error_code(pages, topic.upper())
    if of_code:
        return of_code
    section, dot, key = topic.partition(".")
    page = pages.get(f"language/{section}")
    if not dot or page is None:
        names = _names(listed)
        # `alarm` is rather meant as the page of alarms than as a key of that name.
        elsewhere = "" if f"{topic}s" in names else _elsewhere(topic, pages)
        raise usage_error(f"there is no topic `{topic}`", elsewhere or _near(section, names))
    key_text = text_of_key(page, key)
    if key_text is None:
        known = {f"{section}.{name}" for name in keys(page)}
        raise usage_error(f"`{section}` has no key `{key}`", _near(topic, known, f"obsgen docs {section}"))
    return key_text


def _elsewhere(topic: str, pages: Mapping[str, str]) -> str:
    """Commands that print a topic without a page of its own: a key of some sections, a heading, or a command."""
    from generator.cli.main import COMMANDS

    known = positions_of_key(pages, topic) or positions_of_heading(pages, topic)
    commands = [f"`obsgen docs {topic_name}`" for topic_name in known[:_MOST_PLACES]]
    if not commands and topic in COMMANDS:
        commands = [f"`obsgen {topic} --help`"]
    return " or ".join(commands)


def _names(listed: Mapping[str, list[Topic]]) -> set[str]:
    return {topic.name for group in listed.values() for topic in group}


def _near(topic: str, known: set[str], otherwise: str = "obsgen docs") -> str:
    return suggest(topic, known, f"run `{otherwise}` to list them")
