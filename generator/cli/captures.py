"""Captures as input of a command: what is wrong with one ends it with exit 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.cli.exit import usage_error


@contextmanager
def capture_errors() -> Iterator[None]:
    """Turn BadCapture into a usage error that lists every fault."""
    from generator.capture.errors import BadCapture, NoCapture

    try:
        yield
    except NoCapture as error:
        raise usage_error(str(error), "use a folder that `obsgen capture` wrote") from None
    except BadCapture as error:
        raise usage_error(str(error), "run `obsgen capture` again; it reads what is missing or corrupt") from None
