"""What a scan counted: page by page, and altogether. Pure.

A page is stored under its number and a total is the sum of the stored pages, so whatever is done twice counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.compliance.ledger import Page, Status

# A total names so many tags and owners, those with the most resources first.
MOST_NAMES = 50
COUNTS = ("compliant", "non_compliant", "exempt")
# A listing that had to begin again is another attempt. Its pages follow in numbers of their own, and no page is lost.
ATTEMPTS = 3
PAGES_OF_AN_ATTEMPT = 10_000


def page_number(attempt: int, number: int) -> int:
    """The number under which a page of an attempt is stored; both count from 0."""
    return attempt * PAGES_OF_AN_ATTEMPT + number


@dataclass(slots=True)
class PageCounter:
    """Counts the resources of a page while they go by. new: ids of those that a decision of the scan is awaited for.

    missing: a tag key to the number of resources that lack it or have a wrong value in it. owners: an owner, empty for
    none, to the number of non-compliant resources.
    """

    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)
    new: list[str] = field(default_factory=list)

    def add(self, status: Status, keys: Iterable[str] = (), owner: str = "") -> None:
        """Count a resource that is there. keys: the tags that are missing or invalid."""
        self.counts[status.replace("-", "_")] += 1
        if status is Status.NON_COMPLIANT:
            self.missing.update(set(keys))
            self.owners[owner] += 1

    def numbers(self) -> dict[str, Any]:
        """The JSON of the page."""
        listed = {"missing": dict(self.missing), "owners": dict(self.owners), "new": self.new}
        return {name: self.counts[name] for name in COUNTS} | {key: value for key, value in listed.items() if value}


def whole_listing(pages: Iterable[Page], type_: str) -> list[Page] | None:
    """The pages of the latest attempt that reached the end of the listing, in order; None where none did."""
    attempts: dict[int, dict[int, Page]] = {}
    for page in pages:
        if page.type == type_:
            attempt, number = divmod(page.number, PAGES_OF_AN_ATTEMPT)
            attempts.setdefault(attempt, {})[number] = page
    for attempt in sorted(attempts, reverse=True):
        numbered = attempts[attempt]
        listing = [numbered[number] for number in range(len(numbered)) if number in numbered]
        if len(listing) == len(numbered) and not listing[-1].next:
            return listing
    return None


def new_ids(page: Page) -> list[str]:
    """The resources of a page about which the scan has to decide."""
    return list(page.numbers.get("new", ()))


def total(at: int, account: str, region: str, listings: Mapping[str, Sequence[Page]]) -> dict[str, Any]:
    """The JSON of a scan's totals: the sum of whole listings, by type. at: the scan's id."""
    by_type: dict[str, dict[str, int]] = {}
    missing: Counter[str] = Counter()
    owners: Counter[str] = Counter()
    for type_, pages in listings.items():
        by_type[type_] = {name: sum(page.numbers.get(name, 0) for page in pages) for name in COUNTS}
        for page in pages:
            missing.update(page.numbers.get("missing", {}))
            owners.update(page.numbers.get("owners", {}))
    return {
        "at": at,
        "account": account,
        "region": region,
        **{name: sum(counts[name] for counts in by_type.values()) for name in COUNTS},
        "by_type": by_type,
        "missing": most(missing, MOST_NAMES),
        "owners": most(owners, MOST_NAMES),
        "complete": True,
    }


def most(counts: Mapping[str, int], limit: int) -> dict[str, int]:
    """The largest of the counts, the largest first; equal ones by name."""
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:limit])
