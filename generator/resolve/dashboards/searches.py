"""The terms of searches: exactly one metric, of all accounts or of one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

from __future__ import annotations

import re

from generator.model.accounts import Account
from generator.model.signals import Metric

_TO_ESCAPE = re.compile(r'(["\\()])')
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_TERMS = re.compile(r"(\s*\{[^}]*\}[\s,]*)?(.*)", re.DOTALL)


def terms_of(metric: Metric) -> str:
    """A search for exactly this metric; in a monitoring account it finds those of every linked account."""
    schema = ",".join([f'"{metric.namespace}"', *(f'"{name}"' for name, _ in metric.dimensions)])
    # What leans on the account is not one value over all of them.
    known = ((name, value) for name, value in metric.dimensions if "${" not in value)
    terms = [f"MetricName={_exact(metric.name)}", *(f"{_exact(name)}={_exact(value)}" for name, value in known)]
    return f"{{{schema}}} {' '.join(terms)}"


def in_account(account: Account) -> str:
    """The part of a search for the metrics of one account.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
    """
    return f' :aws.AccountId="{account.id}"'


def of_account(search: str, account: Account) -> str:
    """A search of the file, of one account. AND binds before OR, so that alternatives are put in parentheses."""
    match = _TERMS.fullmatch(search)
    schema, terms = (match[1] or "", match[2]) if match else ("", search)
    if re.search(r"\bOR\b", _QUOTED.sub("", terms)):
        search = f"{schema}({terms.strip()})"
    return search + in_account(account)


def _exact(value: str) -> str:
    """The exact match of a value."""
    return '"' + _TO_ESCAPE.sub(r"\\\1", value) + '"'
