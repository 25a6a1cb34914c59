"""Sums of pages: the same however a listing is cut, whole listings alone, and of several attempts the latest."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance.ledger import Page, Status
from handlers.compliance.totals import (
    COUNTS,
    MOST_NAMES,
    PageCounter,
    most,
    new_ids,
    page_number,
    total,
    whole_listing,
)

TYPE = "ec2:instance"
JUDGED = st.tuples(
    st.sampled_from([Status.COMPLIANT, Status.NON_COMPLIANT, Status.EXEMPT]),
    st.lists(st.sampled_from(["Owner", "Environment", "Application"]), min_size=1),
    st.sampled_from(["", "ann", "bob"]),
)


def page(number: int, next_: str = "", attempt: int = 0, type_: str = TYPE, **numbers: int) -> Page:
    return Page(type_, page_number(attempt, number), numbers, next_)


@given(st.lists(JUDGED, max_size=40), st.integers(1, 10))
def test_a_total_is_the_same_however_the_listing_is_cut(judged: list[tuple[Status, list[str], str]], size: int) -> None:
    pages = []
    for start in range(0, max(1, len(judged)), size):
        counter = PageCounter()
        for status, keys, owner in judged[start : start + size]:
            counter.add(status, keys, owner)
        pages.append(Page(TYPE, len(pages), counter.numbers()))
    found = total(1, "222222222222", "us-east-1", {TYPE: pages})
    statuses = Counter(str(status).replace("-", "_") for status, _, _ in judged)
    assert [found[name] for name in COUNTS] == [statuses[name] for name in COUNTS]
    wrong = [(set(keys), owner) for status, keys, owner in judged if status is Status.NON_COMPLIANT]
    assert found["missing"] == Counter(key for keys, _ in wrong for key in keys)
    assert found["owners"] == Counter(owner for _, owner in wrong)
    assert found["complete"] is True


def test_pages_of_one_type_are_not_those_of_another() -> None:
    pages = [page(0, compliant=1), page(0, type_="rds:db", compliant=5)]
    listings = {type_: whole_listing(pages, type_) or [] for type_ in (TYPE, "rds:db")}
    found = total(1, "222222222222", "us-east-1", listings)
    assert found["by_type"] == {
        TYPE: {"compliant": 1, "non_compliant": 0, "exempt": 0},
        "rds:db": {"compliant": 5, "non_compliant": 0, "exempt": 0},
    }
    assert found["compliant"] == 6


def test_a_listing_is_whole_with_its_last_page_and_all_before() -> None:
    assert whole_listing([page(0, "a"), page(1)], TYPE) == [page(0, "a"), page(1)]
    assert whole_listing([page(0, "a"), page(1, "b")], TYPE) is None
    assert whole_listing([page(0, "a"), page(2)], TYPE) is None
    assert whole_listing([page(1)], TYPE) is None
    assert whole_listing([], TYPE) is None


def test_of_two_attempts_the_latest_whole_one_counts() -> None:
    first = [page(0, "a", compliant=1), page(1, "b", compliant=1)]
    second = [page(0, "c", 1, compliant=2), page(1, "", 1, compliant=2)]
    third = [page(0, "d", 2, compliant=4)]
    assert whole_listing([*first, *second, *third], TYPE) == second
    assert whole_listing([*first, *third], TYPE) is None
    whole = [page(0, compliant=9)]
    assert whole_listing([*whole, *second], TYPE) == second


def test_the_most_first_and_equal_ones_by_name() -> None:
    assert list(most({"b": 2, "a": 2, "c": 9, "d": 1}, 3).items()) == [("c", 9), ("a", 2), ("b", 2)]


def test_a_total_names_so_many_owners_and_no_more() -> None:
    pages = [Page(TYPE, 0, {"owners": {f"owner-{number:03}": number for number in range(1, 200)}})]
    owners = total(1, "222222222222", "us-east-1", {TYPE: pages})["owners"]
    assert len(owners) == MOST_NAMES
    assert next(iter(owners.items())) == ("owner-199", 199)


def test_what_is_empty_is_not_stored() -> None:
    assert PageCounter().numbers() == {"compliant": 0, "non_compliant": 0, "exempt": 0}
    assert new_ids(Page(TYPE, 0, {})) == []
