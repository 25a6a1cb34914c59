"""Expressions of graphs in a form in which what means the same is the same text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from generator.evaluate.math.rename import renamed
from generator.evaluate.math.request import LONGEST_EXPRESSION

EVERY_ACCOUNT = "every account"
_ACCOUNT = re.compile(r"""\s*:aws\.AccountId\s*=\s*["']?(\d{12})["']?""")
_SEARCH = re.compile(r"\bSEARCH\(\s*('[^']*'|\"(?:[^\"\\]|\\.)*\")")
_TERMS = re.compile(r"(\s*\{[^}]*\})?(.*)", re.DOTALL)
_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")
_QUERY = re.compile(r"\s*SELECT\b", re.IGNORECASE)
_ID = re.compile(r"(?<![\w.:])([a-z][A-Za-z0-9_]*)(?![\w(])")
_LONGEST = 2000


def searches(expression: str) -> bool:
    """True if an expression finds metrics by a search."""
    return _SEARCH.search(expression) is not None


def is_query(expression: str) -> bool:
    """True if it is a Metrics Insights query."""
    return _QUERY.match(expression) is not None


def ids_in(expression: str) -> set[str]:
    """The words of an expression that may be IDs."""
    return set(_ID.findall(_QUOTED.sub("''", expression)))


def meaning(source: str, contents: Mapping[str, str], account: str, region: str) -> str:
    """The expression with what its IDs are, and of which account and Region each search is.

    contents: of the other rows, by ID. account: of searches that name none.
    """
    parts = []
    end = 0
    # What is put in place of IDs has its searches read already.
    for match in _SEARCH.finditer(source):
        parts += [source[end : match.start(1)], _of_account(match[1], account, region)]
        end = match.end()
    whole = "".join([*parts, source[end:]])
    text = renamed(whole, contents) if len(source) <= LONGEST_EXPRESSION else whole
    if _QUERY.match(text):
        return f"{' '.join(text.split())} in {region}"
    text = _without_spaces(text)
    if len(text) > _LONGEST:
        # Twenty expressions that use each other twice would be a million times as long.
        return f"{text[:_LONGEST]}… {hashlib.sha256(text.encode(errors='replace')).hexdigest()}"
    return text


def _of_account(quoted: str, account: str, region: str) -> str:
    terms = quoted[1:-1]
    match = _ACCOUNT.search(terms)
    terms = _ACCOUNT.sub("", terms)
    parts = _TERMS.fullmatch(terms)
    schema, rest = (parts[1] or "", parts[2].strip()) if parts else ("", terms.strip())
    if rest.startswith("(") and _closes_last(rest):
        rest = rest[1:-1].strip()
    return f"'{schema.strip()} {' '.join(rest.split())} of {match[1] if match else account} in {region}'"


def _closes_last(text: str) -> bool:
    """True if the first parenthesis is closed by the last character."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def _without_spaces(text: str) -> str:
    parts = _QUOTED.split(text)
    return "".join(part if part[:1] in ("'", '"') else "".join(part.split()) for part in parts)
