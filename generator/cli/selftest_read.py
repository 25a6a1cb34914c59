"""`obsgen selftest --read`: a selftest.json of another person, as Markdown."""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.exit import usage_error
from generator.reading import content


def print_report(path: Path) -> None:
    """Print the Markdown; ends the command with exit 2 for a file that is no selftest.json."""
    from generator.render.selftest_document import MOST_BYTES, NotASelftest, read_selftest
    from generator.render.selftest_markdown import markdown

    try:
        text = content(path, MOST_BYTES)
    except FileNotFoundError:
        raise usage_error(f"{path}: file not found", "run `obsgen selftest` to write it") from None
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
    try:
        document = read_selftest(text)
    except NotASelftest as error:
        raise usage_error(f"{path}: {error}", "use a file that `obsgen selftest` wrote") from None
    click.echo(markdown(document))
