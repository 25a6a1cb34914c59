"""Overrides by every kind of condition: what each account has in each Region, by the rules of the documentation alone.

docs/language/alarms.md and docs/language/defaults.md: defaults, the entry, where it stands, then overrides by
environment, by label, unit or Region, and by account; of one rank the later in the list wins. Accounts that join later
have no name and no labels, and the unit of the environment where that is one.
"""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.model.alarms import Origin, Tuning
from generator.render.explain_places import differing
from generator.resolve.resolve import resolve
from generator.spec.document import Document
from tests.support import spec

Given = dict[str, Any]
REGIONS = ["us-east-1", "eu-west-1", "eu-central-1"]
UNIT, OTHER_UNIT = "ou-ab12-cdefgh34", "ou-ab12-98765432"
ACCOUNTS: dict[str, Given] = {
    "alpha": {"unit": UNIT, "labels": {"tier": "critical", "team": "red"}},
    "beta": {"unit": UNIT, "labels": {"tier": "standard"}, "regions": REGIONS[:2]},
    "gamma": {"unit": OTHER_UNIT, "labels": {"team": "blue"}},
}
WORDS = {
    "account": [*ACCOUNTS],
    "tier": ["critical", "standard"],
    "team": ["red", "blue"],
    "region": REGIONS,
    "unit": [UNIT],
    "environment": ["prod"],
}
WHERE = st.lists(st.sampled_from([*WORDS, "region"]), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: st.sampled_from(WORDS[name]) | st.lists(st.sampled_from(WORDS[name]), min_size=1) for name in names}
    )
)
VALUES = {
    "threshold": st.sampled_from(["> 1", "> 2", ">= 2", "> 600"]),
    "period": st.sampled_from(["1m", "2m", "5m"]),
    "datapoints": st.sampled_from(["1 of 1", "2 of 3"]),
    "missing_data": st.sampled_from(["breaching", "ignore"]),
}
CHANGES = st.fixed_dictionaries({}, optional=VALUES).filter(bool)
# Severity and enabled are the same in every Region, or the accounts and Regions no rectangle.
ANYWHERE = {"severity": st.sampled_from(["critical", "low"]), "enabled": st.booleans()}
OVERRIDES = st.builds(
    lambda where, changes, more: {"where": where, **changes, **({} if "region" in where else more)},
    WHERE,
    CHANGES,
    st.fixed_dictionaries({}, optional=ANYWHERE),
)
PLACES = st.sampled_from([{}, {}, {"accounts": ["alpha", "beta"]}, {"accounts": {"except": ["gamma"]}}])
ENTRY = {
    "metric": {"namespace": "AWS/SQS", "name": "ApproximateAgeOfOldestMessage", "dimensions": {"QueueName": "jobs"}},
    "statistic": "Maximum",
    "threshold": "> 600",
}
BUILT_IN = {"period": "1m", "datapoints": "1 of 1", "missing_data": "breaching", "severity": "medium", "enabled": True}
FIELDS = ("threshold", *BUILT_IN)


@settings(max_examples=40, deadline=None)
@given(st.lists(OVERRIDES, max_size=6), PLACES, st.fixed_dictionaries({}, optional=VALUES))
def test_every_account_has_in_every_region_what_the_rules_say(
    overrides: list[Given], placed: Given, defaults: Given
) -> None:
    data = yaml.safe_load(spec())
    for name, more in ACCOUNTS.items():
        data["accounts"][name] |= more
    entry = {**ENTRY, **placed, "overrides": overrides}
    data |= {"organizational_units": [UNIT], "regions": REGIONS, "defaults": {"alarms": defaults}}
    data["alarms"]["age"] = entry
    estate, findings = resolve(Document.model_validate(data), "prod", None)
    assume(not [one for one in findings if one.severity.value == "error"])
    alarm = next(one for one in estate.alarms if one.key == "age")
    told = {place: {one.field: one for one in origins} for place, origins in differing(alarm, estate.accounts)}
    usual = {origin.field: origin for origin in alarm.origins}
    for account in (*ACCOUNTS, None):
        for region in ACCOUNTS.get(account or "", {}).get("regions", REGIONS):
            wanted = wanted_in(account, region, {**BUILT_IN, **defaults, **ENTRY}, entry)
            tuning = alarm.tuning_in(account or "an account that joins later", region)
            assert written(tuning) == (wanted if wanted["enabled"] else {**written(tuning), "enabled": False})
            if tuning.enabled:
                said = explained(account, region, usual, told)
                assert said == {name: text(wanted[name]) for name in said}


def wanted_in(account: str | None, region: str, base: Given, entry: Given) -> Given:
    """The values, by the rules."""
    values = {name: base[name] for name in FIELDS}
    listed = entry.get("accounts")
    if listed is not None:
        values["enabled"] = account in listed if isinstance(listed, list) else account not in listed["except"]
    own = ACCOUNTS.get(account or "", {"labels": {}})
    facts = {
        **own["labels"],
        "unit": own.get("unit", UNIT),
        "region": region,
        "environment": "prod",
        "account": account,
    }
    for override in sorted(entry["overrides"], key=lambda one: rank(one["where"])):
        where = {name: [words] if isinstance(words, str) else words for name, words in override["where"].items()}
        if all(facts.get(name) in words for name, words in where.items()):
            values |= {name: value for name, value in override.items() if name != "where"}
    return values


def rank(where: Given) -> int:
    return 2 if "account" in where else 1 if where.keys() - {"environment"} else 0


def written(tuning: Tuning) -> Given:
    return {
        "threshold": f"{tuning.comparison} {tuning.threshold:g}",
        "period": f"{tuning.period // 60}m",
        "datapoints": f"{tuning.datapoints} of {tuning.evaluation_periods}",
        "missing_data": tuning.missing_data,
        "severity": tuning.severity,
        "enabled": tuning.enabled,
    }


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def explained(account: str | None, region: str, usual: dict[str, Origin], told: dict[str, dict[str, Origin]]) -> Given:
    """What `explain` says of an account in a Region: of both together, of either, of all. It may not say two things."""
    found = {}
    # Where it stands has a line of its own.
    for name in (name for name in FIELDS if name != "enabled"):
        both, either = [f"{account}, {region}"], [str(account), region]
        said = [
            {told[place][name].value for place in places if name in told.get(place, {})} for places in (both, either)
        ]
        values = said[0] or said[1] or {usual[name].value}
        assert len(values) == 1
        found[name] = values.pop()
    return found
