"""The terms of a SEARCH expression."""

from __future__ import annotations

import re
from typing import Annotated

from generator.spec.scalars import Scalar, show, wrong

SEARCH_LIMIT = 950
_SEARCH_EXAMPLE = "'{AWS/Lambda,FunctionName} MetricName=\"Errors\"'"


def search_terms(value: object) -> str:
    """The first argument of SEARCH: a schema in braces, then terms; the caller puts it between single quotes.

    SEARCH accepts 1,024 characters; what is left of them is for the account, the statistic and the period.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    text = value.strip() if isinstance(value, str) else ""
    schema, closed, terms = text.removeprefix("{").partition("}")
    if not text.startswith("{") or not closed:
        raise wrong(f"expected a search that begins with a schema in braces, got {show(value)}", _SEARCH_EXAMPLE)
    unquoted = re.sub(r'"[^"]*"', "", text)
    for mark, what in (("'", "single quotes, which would end it"), ("\n", "a line break")):
        if mark in text:
            raise wrong(f"a search cannot contain {what}", "put values into double quotes: " + _SEARCH_EXAMPLE)
    if '"' in unquoted:
        raise wrong("a double quote of this search is not closed", _SEARCH_EXAMPLE)
    names = [name.strip() for name in schema.split(",")]
    if not all(re.fullmatch(r'[^\s"]+|"[^"]+"', name) for name in names):
        message = f"{show('{' + schema + '}')} is not a schema: the namespace, then names of dimensions"
        raise wrong(message, 'write {AWS/Lambda,FunctionName}, and quote names with spaces: {"My App",Service}')
    if unquoted.count("(") != unquoted.count(")"):
        raise wrong("an opening parenthesis of this search is not closed", _SEARCH_EXAMPLE)
    if not terms.strip():
        raise wrong("a search for everything of a schema", _SEARCH_EXAMPLE)
    if len(text) > SEARCH_LIMIT:
        raise wrong(
            f"the search has {len(text)} characters; the limit is {SEARCH_LIMIT}, without the parts that obsgen adds",
            "",
        )
    return text


SearchTerms = Annotated[
    str, Scalar(search_terms, type="string", pattern=r"^\s*\{[^{}]+\}[^']+$", examples=[_SEARCH_EXAMPLE.strip("'")])
]
