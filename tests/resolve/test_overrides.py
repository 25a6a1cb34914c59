"""Overrides: what is looked up for all accounts at once is what each account would be told on its own."""

from __future__ import annotations

from dataclasses import dataclass

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.model.placement import is_among
from generator.resolve.alarms.overrides import Where, applied, applying
from generator.resolve.scope import Scope, scope
from generator.spec.document import Document
from tests.support import spec

WORDS = st.sampled_from(["alpha", "beta", "gamma", "red", "blue", "prod", "dev", "us-east-1", "eu-west-1"])
CONDITIONS = st.sampled_from(["account", "environment", "region", "tier", "colour"])
WHERE = st.dictionaries(CONDITIONS, WORDS | st.lists(WORDS, max_size=3), min_size=1, max_size=3)
# A label may be called as a condition is: then the condition is meant, but for the Region.
LABELS = st.dictionaries(st.sampled_from(["tier", "colour", "region", "account", "environment"]), WORDS)


@dataclass(frozen=True)
class Override:
    """Nothing but its conditions."""

    where: Where


def scoped(labels: list[dict[str, str]]) -> Scope:
    data = yaml.safe_load(spec())
    for account, own in zip(data["accounts"].values(), labels, strict=True):
        account["labels"] = own
    return scope(Document.model_validate(data), "prod", [])


@settings(max_examples=150, deadline=None)
@given(st.lists(LABELS, min_size=3, max_size=3), st.lists(WHERE, max_size=5), st.sampled_from(["", "us-east-1"]))
def test_all_accounts_at_once_are_told_what_each_would_be(
    labels: list[dict[str, str]], conditions: list[Where], region: str
) -> None:
    where, overrides = scoped(labels), [Override(one) for one in conditions]
    # docs/language/alarms.md: where accounts have a label called `region`, the label is meant.
    meant = "" if any("region" in own for own in labels) else region
    found = applied(overrides, where, region)
    for account in (*where.accounts, None):
        alone = tuple(index for index, _ in applying(overrides, where.environment, account, meant))
        assert found.to(account.name if account else None) == alone


@given(st.lists(WORDS, unique=True).map(sorted), WORDS)
def test_a_sorted_list_is_asked_as_any_list(names: list[str], name: str) -> None:
    assert is_among(name, names) is (name in names)
