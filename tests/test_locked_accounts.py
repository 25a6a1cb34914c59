"""The lock beside a spec, as a build reads it: merged with accounts by hand, and refused where an edit broke it."""

from __future__ import annotations

import pytest

from generator.findings import Severity
from tests.support import TextParts, built, spec

WORK, PROD = "ou-ab12-00000001", "ou-ab12-00000002"
LOCK = f"""\
version: 1
organization: o-a1b2c3d4e5
selection: {{units: [{WORK}]}}
units:
  {WORK}: {{name: Workloads, parent: r-ab12}}
  {PROD}: {{name: Prod, parent: {WORK}}}
  r-ab12: {{name: Root}}
accounts:
  alpha: {{id: "222222222222", name: Alpha, unit: {PROD}, labels: {{stage: prod, team: a}}}}
  beta: {{id: "333333333333", name: Beta, unit: {WORK}}}
  gamma: {{id: "444444444444", name: Gamma, unit: {PROD}}}
"""
MEMBERS = f"organization: {{members: {{units: [{WORK}]}}}}\n"


def of(change: str, lock: str = LOCK) -> list[str]:
    """What is found, each as `file:line code`, for accounts that are written by hand, or none, and a lock."""
    made = built(spec(change), parts=TextParts({"accounts.lock.yaml": lock.encode()}))
    rows = []
    for finding in made.findings:
        source = made.source.of(finding.file).at(finding.path)
        span = finding.mark or source.span(finding.path, finding.on)
        rows.append(f"{source.name}:{span.line if span else 0} {finding.severity.value} {finding.code}")
    return rows


def accounts(by_hand: str, more: str = "", lock: str = LOCK) -> dict[str, tuple[str, dict[str, str], str]]:
    """The members of a build by name: ID, labels, unit."""
    made = built(
        spec(MEMBERS + f"accounts: {by_hand}\n" + more), parts=TextParts({"accounts.lock.yaml": lock.encode()})
    )
    assert [finding for finding in made.findings if finding.severity is Severity.ERROR] == []
    return {account.name: (account.id, dict(account.labels), account.unit) for account in made.estates["prod"].accounts}


def test_the_lock_alone_has_the_members() -> None:
    assert accounts("null") == {
        "alpha": ("222222222222", {"stage": "prod", "team": "a"}, WORK),
        "beta": ("333333333333", {}, WORK),
        "gamma": ("444444444444", {}, WORK),
    }


def test_the_unit_is_the_nearest_that_the_spec_names() -> None:
    members = accounts("null", f"organizational_units: [{PROD}]\n")
    assert (members["alpha"][2], members["beta"][2]) == (PROD, WORK)


def test_an_entry_by_hand_takes_precedence() -> None:
    by_hand = (
        "{alpha: {id: null, labels: {team: b, tier: critical}}, beta: null, delta: "
        '{id: "444444444444"}, own: {id: "555555555555"}, gamma: null}'
    )
    members = accounts(by_hand)
    assert members["alpha"] == ("222222222222", {"stage": "prod", "team": "b", "tier": "critical"}, WORK)
    assert members["delta"] == ("444444444444", {}, WORK)
    assert members["own"] == ("555555555555", {}, "")
    assert sorted(members) == ["alpha", "beta", "delta", "own"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"444444444444"', '"333333333333"', "accounts.lock.yaml:11 error Y09"),
        ('"444444444444"', '"4444"', "accounts.lock.yaml:11 error S03"),
        (f"Gamma, unit: {PROD}", "Gamma, unit: ou-ab12-99999999", "accounts.lock.yaml:11 error Y09"),
        ("parent: r-ab12", "parent: r-cd34", "accounts.lock.yaml:5 error Y09"),
        ("parent: r-ab12", f"parent: {PROD}", "accounts.lock.yaml:5 error Y09"),
        ("name: Gamma", "mail: Gamma", "accounts.lock.yaml:11 error S01"),
        # `accounts --update` writes neither: `accounts: [hub]` of a placement is the hub, and digits are an ID.
        ("  gamma:", "  hub:", "accounts.lock.yaml:11 error Y09"),
        ("  gamma:", '  "444444444444":', "accounts.lock.yaml:11 error Y09"),
        ("  gamma:", '  "7":', "accounts.lock.yaml:11 error Y09"),
        ("  gamma:", "<<<<<<< HEAD\n  gamma:", "accounts.lock.yaml:11 error Y02"),
        ("organization: o-a1b2c3d4e5", "organization: o-zzzzzzzzzz", "spec.yaml:6 error Y09"),
        ("version: 1", "version: 2", "accounts.lock.yaml:1 error S03"),
        ("  gamma:", "  alpha:", "accounts.lock.yaml:11 error Y03"),
        (f"selection: {{units: [{WORK}]}}", f"selection: {{units: [{PROD}]}}", "spec.yaml:7 warning Y10"),
        ('"444444444444"', '"111111111111"', "accounts.lock.yaml:11 error R03"),
    ],
)
def test_an_edit_that_no_organization_has(before: str, after: str, expected: str) -> None:
    assert before in LOCK
    found = of(MEMBERS + "accounts: null\n", LOCK.replace(before, after, 1))
    name = built(spec("")).source.name
    assert expected.replace("spec.yaml", name) in found


def test_an_order_of_the_selection_is_no_change() -> None:
    selection = f"{{units: [{PROD}, {WORK}], except: [b, a], labels: {{b: B, a: A}}}}"
    change = f"organization: {{members: {selection}}}\naccounts: null\n"
    lock = LOCK.replace(f"{{units: [{WORK}]}}", f"{{labels: {{a: A, b: B}}, except: [a, b], units: [{WORK}, {PROD}]}}")
    assert not [row for row in of(change, lock) if "Y10" in row]


def test_settings_of_an_account_that_left_are_an_error() -> None:
    found = of(MEMBERS + "accounts: {alpha: null, beta: null, gamma: null, legacy: {labels: {tier: critical}}}\n")
    assert [row.rpartition(" ")[2] for row in found] == ["Y09"]


def test_a_spec_without_members_reads_no_lock() -> None:
    assert of("", "not: a lock\n") == of("")
