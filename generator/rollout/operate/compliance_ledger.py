"""The table of a checker: totals of scans, and the non-compliant resources.

Totals are few; the index `open` lists the non-compliant resources by type, a second behind at most, and their rows are
read consistently. Nothing else of the table is read, however many resources there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws.batch_get import Item, batch_get
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.operate.compliance_state import (
    AccountRegion,
    ComplianceSnapshot,
    Counts,
    OpenResource,
    ScanTotal,
    WrongValue,
)

SCANS, RUNNING = "SCANS", "RUNNING"
OPEN_INDEX = "open"
NON_COMPLIANT = "non-compliant"
# The year 9999.
END_OF_TIME = 253_402_300_800_000


@dataclass(frozen=True, slots=True)
class ComplianceTable:
    """The table of one account and Region. client: of DynamoDB. Everything raises AwsError."""

    client: Any
    name: str
    place: AccountRegion

    def ledger(self, types: Iterable[str], since: int) -> ComplianceSnapshot:
        """Everything that a report needs. types: of resources that may be listed. since: milliseconds."""
        with self._as_written():
            totals, running = self.scans(since)
            if not totals:
                totals = self._last_total()
            known = {type_ for total in totals for type_ in total.by_type}
            open_ = [row for type_ in sorted({*types, *known}) for row in self._open(type_)]
        return ComplianceSnapshot(self.place, tuple(totals), tuple(open_), running)

    def scans(self, since: int) -> tuple[list[ScanTotal], int]:
        """The totals of whole scans from a time on, oldest first, and the id of the scan that runs, 0 for none."""
        items = self._query(
            KeyConditionExpression="pk = :pk AND sk >= :since",
            ExpressionAttributeValues={":pk": {"S": SCANS}, ":since": {"S": f"{since:013}"}},
            ConsistentRead=True,
        )
        rows = list(items)
        with self._as_written():
            running = next((_time(row["scan"]["N"]) for row in rows if row["sk"]["S"] == RUNNING), 0)
            return [_total(row) for row in rows if "total" in row], running

    def _last_total(self) -> list[ScanTotal]:
        """The one before the time of the report, however old it is."""
        items = self._query(
            KeyConditionExpression="pk = :pk AND sk < :running",
            ExpressionAttributeValues={":pk": {"S": SCANS}, ":running": {"S": RUNNING}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return [_total(row) for row in items]

    def _open(self, type_: str) -> Iterator[OpenResource]:
        keys = self._query(
            IndexName=OPEN_INDEX,
            KeyConditionExpression="open_pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"OPEN#{type_}"}},
        )
        for row in self._rows([{"pk": key["pk"], "sk": key["sk"]} for key in keys]):
            # The index may be behind: it may still have a resource that was fixed a moment ago.
            if row.get("status", {}).get("S") == NON_COMPLIANT:
                yield _resource(row, type_)

    def _query(self, **params: Any) -> Iterator[Item]:
        """The items, page after page; with a Limit the first page only."""
        while True:
            with self._errors("dynamodb:Query"):
                page = self.client.query(TableName=self.name, **params)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page or "Limit" in params:
                return
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _rows(self, keys: Sequence[Item]) -> Iterator[Item]:
        return batch_get(self.client, self.name, f" in {self.place}", keys, self._errors)

    @contextmanager
    def _as_written(self) -> Iterator[None]:
        """Turn errors of an item in an unknown format into AwsError."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            message = f"table {self.name} in {self.place} has an item in an unknown format"
            raise AwsError(message, "deploy this version with `obsgen deploy`, or delete the item") from error

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        from botocore.exceptions import ClientError

        location = self.place
        with aws_errors(action, self.name, location.account, location.region):
            try:
                yield
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                deploy = f"deploy this version to {location} with `obsgen deploy`"
                raise AwsError(f"table {self.name} does not exist in {location}", deploy) from None


def _total(row: Item) -> ScanTotal:
    total = json.loads(row["total"]["S"])
    by_type = {str(type_): _counts(counts) for type_, counts in total.get("by_type", {}).items()}
    return ScanTotal(_time(total["at"]), _counts(total), by_type)


def _time(value: Any) -> int:
    """Milliseconds since 1970. Raises ValueError for what no calendar has."""
    files = int(value)
    if not 0 <= files < END_OF_TIME:
        raise ValueError(f"{files} is no time")
    return files


def _counts(counts: Mapping[str, Any]) -> Counts:
    return Counts(*(int(counts.get(name, 0)) for name in ("compliant", "non_compliant", "exempt")))


def _resource(row: Item, type_: str) -> OpenResource:
    body = json.loads(row.get("body", {}).get("S") or "{}")
    return OpenResource(
        type_,
        str(row["pk"]["S"]).removeprefix(f"RESOURCE#{type_}#"),
        str(body.get("name", "")),
        str(body.get("state", "")),
        str(body.get("owner", "")),
        tuple(map(str, body.get("missing", ()))),
        tuple(map(_wrong, body.get("invalid", ()))),
        _time(row.get("observed_at", {}).get("N", 0)),
    )


def _wrong(data: Any) -> WrongValue:
    """A key alone where the checker does not say more."""
    if isinstance(data, str):
        return WrongValue(data, "", "is not as it has to be")
    return WrongValue(str(data["key"]), str(data["value"]), str(data["why"]))
