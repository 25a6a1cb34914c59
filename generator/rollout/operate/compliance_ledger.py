"""What the table of a checker says: totals of scans, and which resources are non-compliant.

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
    """The table of one place. client: of DynamoDB. Everything raises Refused."""

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
            # The index may be behind: whoever was fixed a moment ago is in it still.
            if row.get("status", {}).get("S") == NON_COMPLIANT:
                yield _resource(row, type_)

    def _query(self, **asked: Any) -> Iterator[Item]:
        """The items, page after page; with a Limit the first page only."""
        while True:
            with self._plainly("dynamodb:Query"):
                page = self.client.query(TableName=self.name, **asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page or "Limit" in asked:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _rows(self, keys: Sequence[Item]) -> Iterator[Item]:
        return batch_get(self.client, self.name, f" in {self.place}", keys, self._plainly)

    @contextmanager
    def _as_written(self) -> Iterator[None]:
        """Turn what an item that no checker writes brings about into Refused."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            message = f"the table {self.name} in {self.place} has an item that no checker of this version writes"
            raise AwsError(message, "`obsgen deploy` this version, or delete the item") from error

    @contextmanager
    def _plainly(self, action: str) -> Iterator[None]:
        from botocore.exceptions import ClientError

        place = self.place
        with aws_errors(action, self.name, place.account, place.region):
            try:
                yield
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                deploy = f"deploy this version to {place}: `obsgen deploy`"
                raise AwsError(f"there is no table {self.name} in {place}", deploy) from None


def _total(row: Item) -> ScanTotal:
    said = json.loads(row["total"]["S"])
    by_type = {str(type_): _counts(counts) for type_, counts in said.get("by_type", {}).items()}
    return ScanTotal(_time(said["at"]), _counts(said), by_type)


def _time(said: Any) -> int:
    """Milliseconds since 1970. Raises ValueError for what no calendar has."""
    found = int(said)
    if not 0 <= found < END_OF_TIME:
        raise ValueError(f"{found} is no time")
    return found


def _counts(said: Mapping[str, Any]) -> Counts:
    return Counts(*(int(said.get(name, 0)) for name in ("compliant", "non_compliant", "exempt")))


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


def _wrong(said: Any) -> WrongValue:
    """A key alone where the checker does not say more."""
    if isinstance(said, str):
        return WrongValue(said, "", "is not as it has to be")
    return WrongValue(str(said["key"]), str(said["value"]), str(said["why"]))
