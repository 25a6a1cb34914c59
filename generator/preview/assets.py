"""The style sheet and the script of the page: files of this package, whose digests its policy allows."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

_PACKAGE = "generator.preview"


@cache
def style_text() -> str:
    """The style sheets, in the order of their names."""
    folder = files(_PACKAGE) / "style"
    sheets = sorted((file for file in folder.iterdir() if file.name.endswith(".css")), key=lambda file: file.name)
    return "".join(sheet.read_text("utf-8") for sheet in sheets)


@cache
def script_text(name: str = "preview") -> str:
    """A script. name: `preview`, or `live` for a page that is served."""
    return (files(_PACKAGE) / "script" / f"{name}.js").read_text("utf-8")


def digest(source: str) -> str:
    """The source of a policy for one inline style sheet or script.

    https://www.w3.org/TR/CSP3/#match-element-to-source-list
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def policy(style: str, scripts: tuple[str, ...], *, is_served: bool = False) -> str:
    """The policy of the page: its own style sheet and scripts run, and nothing is requested.

    is_served: whether it may ask the server that it is from whether the file has changed.
    """
    directives = [
        "default-src 'none'",
        f"style-src {digest(style)}",
        f"script-src {' '.join(map(digest, scripts))}",
        "img-src data:",
        *(["connect-src 'self'"] if is_served else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(directives)
