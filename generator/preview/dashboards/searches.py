"""SEARCH in words, and as exact terms where it is no more than these.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SCHEMA = re.compile(r"\s*\{([^}]*)\}\s*")
_VALUE = r'"[^"]*"|[^\s"()]+'
_TERM = re.compile(rf"\s*(?:AND\s+)?([:\w.-]+)\s*=\s*(?:({_VALUE})|\(\s*((?:{_VALUE})(?:\s+OR\s+(?:{_VALUE}))*)\s*\))")
_OR = re.compile(r"\s+OR\s+")
_ACCOUNT = ":aws.AccountId"


class SearchTerms(NamedTuple):
    """A search: the metrics of a namespace that have these dimensions, and these values. rest: what else it says."""

    namespace: str
    dimensions: tuple[str, ...]
    terms: dict[str, tuple[str, ...]]
    rest: str

    @property
    def accounts(self) -> tuple[str, ...]:
        """The only accounts that it finds metrics of; empty for every one that it sees."""
        return self.terms.get(_ACCOUNT, ())

    def in_words(self) -> str:
        """`CPUUtilization in AWS/EC2 by InstanceId`, without the account."""
        name = " or ".join(self.terms.get("MetricName", ("all metrics",)))
        by = f" by {', '.join(self.dimensions)}" if self.dimensions else ""
        conditions = [
            f"{key} {' or '.join(values)}" for key, values in self.terms.items() if key not in ("MetricName", _ACCOUNT)
        ]
        where = (
            f", with {', '.join([*conditions, *([self.rest] if self.rest else [])])}" if conditions or self.rest else ""
        )
        return f"{name} in {self.namespace or 'any namespace'}{by}{where}"


def search_terms(search: str) -> SearchTerms:
    """What a search says. Never raises: what is no term is kept as words."""
    schema = _SCHEMA.match(search)
    names = [name.strip().strip('"') for name in schema[1].split(",")] if schema else [""]
    at = schema.end() if schema else 0
    terms: dict[str, tuple[str, ...]] = {}
    while term := _TERM.match(search, at):
        terms[term[1]] = tuple(value.strip('"') for value in _OR.split(term[2] or term[3]))
        at = term.end()
    rest = search[at:].strip()
    # MetricName="a" OR MetricName="b": only the first would be known.
    return SearchTerms(names[0], tuple(sorted(names[1:])), terms, rest)
