"""A DynamoDB table with transactions, an eventually consistent index and time to live.

API: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/. What it does is compared with moto's in
tests/simulation/test_table.py; what moto does not model (index lag, stale reads, TTL, conflicts) comes from the
developer guide: GSI.html, HowItWorks.ReadConsistency.html, TTL.html, transaction-apis.html.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tests.simulation.aws_errors import failure
from tests.simulation.expressions import condition, projection
from tests.simulation.sizes import Rejected, size_of_item, size_within_limit
from tests.simulation.updates import update
from tests.simulation.values import Invalid, Item, Value, comparable, content_of, copied
from tests.simulation.world import HOUR, MS, SECOND, World

Key = tuple[str, str]
TRANSACTION_ITEMS, TRANSACTION_BYTES = 100, 4_000_000
QUERY_BYTES = 1_000_000
TOKEN_LIFE = 600 * SECOND
INDEX_LAG = 5 * SECOND
STALE = 1 * SECOND
_LAST = chr(0x10FFFF)
_NONE: Mapping[str, Any] = {}
# "Items are deleted within a few days of their expiration."
TTL_LATE = 48 * HOUR


@dataclass(frozen=True, slots=True)
class Schema:
    """hash, range: the key's attributes. indexes: name to its hash and range attributes. ttl: attribute, in seconds.

    projections: which attributes besides the keys an index has; all, where it is not named here.
    """

    name: str
    hash: str = "pk"
    range: str = "sk"
    indexes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ttl: str = ""
    projections: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(eq=False)
class Table:
    """writes: how many; largest: the greatest size of an item in bytes, and its key; largest_by_kind: likewise, by the
    beginnings of its key. widest: the most items of a transaction.
    """

    world: World
    schema: Schema
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    largest_by_kind: dict[Key, tuple[int, Key]] = field(default_factory=dict)
    widest: int = 0
    writes: int = 0
    _before: dict[Key, tuple[int, Item | None]] = field(default_factory=dict)
    _index: dict[str, dict[str, dict[Key, Item]]] = field(default_factory=dict)
    _placed: dict[tuple[str, Key], str] = field(default_factory=dict)
    # Sort key and key of each row, in order, by index and partition.
    _ordered: dict[tuple[str, str], list[tuple[str, Key]]] = field(default_factory=dict)
    _version: dict[Key, int] = field(default_factory=dict)
    _tokens: dict[str, int] = field(default_factory=dict)
    _index_due: dict[tuple[str, Key], int] = field(default_factory=dict)

    @property
    def largest(self) -> tuple[int, Key]:
        """Of all items."""
        return max(self.largest_by_kind.values(), default=(0, ("", "")))

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what a request asks; raises botocore's exceptions."""
        try:
            answer: dict[str, Any] = getattr(self, operation)(**arguments)
        except Rejected as error:
            name = "".join(part.capitalize() for part in operation.split("_"))
            raise failure("dynamodb", name, error.code, error.message, **error.more) from None
        except Invalid as error:
            raise failure("dynamodb", operation, "ValidationException", str(error)) from None
        return answer

    # Reading

    def get_item(self, Key: Item, ConsistentRead: bool = False, **more: Any) -> dict[str, Any]:  # noqa: N803, FBT001
        """GetItem. A read that is not consistent may show what was there up to a second ago."""
        key = self._key(Key)
        item = self._item(key)
        if not ConsistentRead and key in self._before:
            when, before = self._before[key]
            if self.world.now - when < STALE and self.world.fault("table.stale-read", *key, when):
                item = before
        return {"Item": self._projected(item, more)} if item else {}

    def batch_get_item(self, RequestItems: dict[str, Any], **_more: Any) -> dict[str, Any]:  # noqa: N803
        """BatchGetItem. Under load some keys stay unprocessed."""
        ((name, asked),) = RequestItems.items()
        if len(asked["Keys"]) > 100 or not asked["Keys"]:
            raise Rejected("ValidationException", "Too many items requested for the BatchGetItem call")
        keys = list(asked["Keys"])
        if len({self._key(key) for key in keys}) != len(keys):
            raise Rejected("ValidationException", "Provided list of item keys contains duplicates")
        left = []
        if len(keys) > 1 and self.world.fault("table.unprocessed", *self._key(keys[-1]), self.world.now):
            left = [keys.pop()]
        rest = {k: v for k, v in asked.items() if k != "Keys"}
        found = [self.get_item(key, **rest) for key in keys]
        unprocessed = {name: {**asked, "Keys": left}} if left else {}
        return {"Responses": {name: [f["Item"] for f in found if f]}, "UnprocessedKeys": unprocessed}

    def query(self, KeyConditionExpression: str, **given: Any) -> dict[str, Any]:  # noqa: N803
        """Query, of the table or of an index. An index shows what its last updates brought."""
        index = given.get("IndexName")
        names, values = given.get("ExpressionAttributeNames"), given.get("ExpressionAttributeValues", {})
        wanted = condition(KeyConditionExpression, names)
        tests = [wanted]
        if "FilterExpression" in given:
            tests.append(condition(given["FilterExpression"], names))
        self._all_used(tests, given, projected=given.get("ProjectionExpression"))
        if index and given.get("ConsistentRead"):
            raise Rejected("ValidationException", "Consistent reads are not supported on global secondary indexes")
        hash_name, range_name = self._keys_of(index)
        partition = _partition(KeyConditionExpression, hash_name, names or {}, values)
        rows = self._listed(index, partition, given) if index else self._rows(partition)
        found = [item for item in rows if wanted.result(item, values)]
        order = (lambda item: (*_sort(item, range_name), *self._key(item))) if index else _sorting(range_name)
        found.sort(key=order, reverse=not given.get("ScanIndexForward", True))
        found, last = self._page(found, given)
        matching = [item for item in found if all(test.result(item, values) for test in tests[1:])]
        answer: dict[str, Any] = {"Count": len(matching), "ScannedCount": len(found)}
        if given.get("Select") != "COUNT":
            answer["Items"] = [self._projected(item, given) for item in matching]
        return {**answer, "LastEvaluatedKey": last} if last else answer

    def _page(self, found: list[Item], given: Mapping[str, Any]) -> tuple[list[Item], Item | None]:
        start = given.get("ExclusiveStartKey")
        if start:
            at = next((i for i, item in enumerate(found) if self._key(item) == self._key(start)), -1)
            found = found[at + 1 :]
        size, kept = 0, []
        for item in found:
            if size > QUERY_BYTES or len(kept) == given.get("Limit"):
                keys = {self.schema.hash, self.schema.range, *self.schema.indexes.get(given.get("IndexName", ""), ())}
                return kept, {name: kept[-1][name] for name in sorted(keys)}
            kept.append(item)
            size += size_of_item(item)
        return kept, None

    def _keys_of(self, index: str | None) -> tuple[str, str]:
        if index is None:
            return self.schema.hash, self.schema.range
        if index not in self.schema.indexes:
            raise Rejected("ValidationException", f"The table does not have the specified index: {index}")
        return self.schema.indexes[index]

    def _rows(self, partition: str) -> list[Item]:
        rows = list(self.items.get(partition, {}))
        return [item for sk in rows if (item := self._item((partition, sk)))]

    def _listed(self, index: str, partition: str, given: Mapping[str, Any]) -> list[Item]:
        """Rows of an index, at least those that are asked for: of thousands, not all are looked at for a few."""
        rows = self._index.get(index, {}).get(partition, {})
        ordered = self._ordered.get((index, partition), [])
        plain = not {"FilterExpression", "ExclusiveStartKey", "ScanIndexForward"} & given.keys()
        values = given.get("ExpressionAttributeValues", {})
        if plain and "Limit" in given and len(values) == 3 and ":low" in values and ":high" in values:
            first = bisect_left(ordered, (values[":low"]["S"], ("", "")))
            last = bisect_right(ordered, (values[":high"]["S"], (_LAST, _LAST)))
            ordered = ordered[first : min(last, first + given["Limit"] + 1)]
        elif plain and "Limit" in given and len(values) == 1:
            ordered = ordered[: given["Limit"] + 1]
        return [rows[key] for _, key in ordered]

    # Writing

    def put_item(self, Item: Item, **given: Any) -> dict[str, Any]:  # noqa: N803
        """PutItem."""
        key = self._key(Item)
        old = self._checked(key, given)
        self._write(key, {name: copied(value) for name, value in Item.items()})
        return {"Attributes": old} if given.get("ReturnValues") == "ALL_OLD" and old else {}

    def delete_item(self, Key: Item, **given: Any) -> dict[str, Any]:  # noqa: N803
        """DeleteItem."""
        key = self._key(Key)
        old = self._checked(key, given)
        self._write(key, None)
        return {"Attributes": old} if given.get("ReturnValues") == "ALL_OLD" and old else {}

    def update_item(self, Key: Item, **given: Any) -> dict[str, Any]:  # noqa: N803
        """UpdateItem; makes the item where there is none."""
        key = self._key(Key)
        old = self._checked(key, given)
        new = self._updated(Key, old, given)
        self._write(key, new)
        match given.get("ReturnValues"):
            case "ALL_NEW":
                return {"Attributes": {name: copied(value) for name, value in new.items()}}
            case "UPDATED_NEW":
                paths = update(given["UpdateExpression"], given.get("ExpressionAttributeNames")).result.paths
                names = {str(path[0]) for path in paths} & new.keys()
                return {"Attributes": {name: copied(new[name]) for name in names}} if names else {}
            case "ALL_OLD":
                return {"Attributes": old} if old else {}
        return {}

    def transact_write_items(self, TransactItems: list[dict[str, Any]], **given: Any) -> dict[str, Any]:  # noqa: N803
        """TransactWriteItems: all or nothing; with the same token within ten minutes once."""
        token = given.get("ClientRequestToken")
        if token and self.world.now - self._tokens.get(token, -TOKEN_LIFE) < TOKEN_LIFE:
            return {}
        if not 0 < len(TransactItems) <= TRANSACTION_ITEMS:
            raise Rejected("ValidationException", "Member must have length less than or equal to 100")
        steps = [next(iter(step.items())) for step in TransactItems]
        keys = [self._key(given.get("Item") or given["Key"]) for _, given in steps]
        if len(set(keys)) != len(keys):
            raise Rejected("ValidationException", "Transaction request cannot include multiple operations on one item")
        reasons, writes = [], []
        for (kind, step), key in zip(steps, keys, strict=True):
            try:
                writes.append(self._prepared(kind, step, key))
                reasons.append({"Code": "None"})
            except Rejected as error:
                if error.code != "ConditionalCheckFailedException":
                    raise
                reasons.append({"Code": "ConditionalCheckFailed", "Message": error.message, **error.more})
        if any(reason["Code"] != "None" for reason in reasons):
            codes = ", ".join(reason["Code"] for reason in reasons)
            text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
            raise Rejected("TransactionCanceledException", text, CancellationReasons=reasons)
        if sum(size_of_item(new) for _, new, _ in writes if new) > TRANSACTION_BYTES:
            raise Rejected("ValidationException", "Transaction payload too large")
        self.widest = max(self.widest, len(writes))
        for key, new, is_write in writes:
            if is_write:
                self._write(key, new)
        if token:
            self._tokens[token] = self.world.now
        return {}

    def _prepared(self, kind: str, step: dict[str, Any], key: Key) -> tuple[Key, Item | None, bool]:
        old = self._checked(key, step)
        match kind:
            case "Put":
                new = {name: copied(value) for name, value in step["Item"].items()}
                size_within_limit(new)
                return key, new, True
            case "Update":
                new = self._updated(step["Key"], old, step)
                size_within_limit(new)
                return key, new, True
            case "Delete":
                return key, None, True
            case "ConditionCheck":
                return key, None, False
        raise Rejected("ValidationException", f"no such step: {kind}")

    def _checked(self, key: Key, given: Mapping[str, Any]) -> Item | None:
        """The item as it is; raises where the condition does not hold."""
        old = self._item(key)
        values = given.get("ExpressionAttributeValues", {})
        names = given.get("ExpressionAttributeNames")
        tests = []
        if "ConditionExpression" in given:
            tests.append(condition(given["ConditionExpression"], names))
        changes = [update(given["UpdateExpression"], names)] if "UpdateExpression" in given else []
        self._all_used([*tests, *changes], given)
        if tests and not tests[0].result(old or {}, values):
            more = {}
            if given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old:
                more["Item"] = {name: copied(value) for name, value in old.items()}
            raise Rejected("ConditionalCheckFailedException", "The conditional request failed", **more)
        return old

    def _updated(self, key: Item, old: Item | None, given: Mapping[str, Any]) -> Item:
        changes = update(given["UpdateExpression"], given.get("ExpressionAttributeNames")).result
        if {path[0] for path in changes.paths} & {self.schema.hash, self.schema.range}:
            raise Rejected("ValidationException", "Cannot update attribute. This attribute is part of the key")
        new: Item = changes.apply(old if old is not None else key, given.get("ExpressionAttributeValues", {}))
        return new

    def _all_used(self, expressions: list[Any], given: Mapping[str, Any], projected: str | None = None) -> None:
        names = _union([expression.names for expression in expressions])
        values = _union([expression.values for expression in expressions])
        if projected:
            names |= projection(projected, given.get("ExpressionAttributeNames")).names
        unused = given.get("ExpressionAttributeNames", _NONE).keys() - names
        if unused:
            raise Rejected("ValidationException", f"Value provided in ExpressionAttributeNames unused: {unused}")
        unused = given.get("ExpressionAttributeValues", _NONE).keys() ^ values
        if unused:
            raise Rejected("ValidationException", f"ExpressionAttributeValues unused or not defined: {unused}")

    def _write(self, key: Key, new: Item | None) -> None:
        pk, sk = key
        if new is not None:
            size = size_within_limit(new)
            kind = (pk.partition("#")[0], sk.partition("#")[0])
            if size > self.largest_by_kind.get(kind, (0, key))[0]:
                self.largest_by_kind[kind] = (size, key)
        old = self.items.get(pk, {}).get(sk)
        self._before[key] = (self.world.now, old)
        self.writes += 1
        if new is None:
            self.items.get(pk, {}).pop(sk, None)
        else:
            self.items.setdefault(pk, {})[sk] = new
        version = self._version[key] = self._version.get(key, 0) + 1
        for index, (hash_name, _) in self.schema.indexes.items():
            if (old and hash_name in old) or (new and hash_name in new):
                self._project(index, key, new, version)

    def _project(self, index: str, key: Key, new: Item | None, version: int) -> None:
        """Bring the index up to date, some time later; updates of one item arrive in order."""
        name = (index, key)
        hash_name, range_name = self.schema.indexes[index]

        def apply() -> None:
            rows = self._index.setdefault(index, {})
            place = self._placed.pop(name, None)
            if place is not None:
                gone = (rows[place].pop(key)[range_name]["S"], key)
                ordered = self._ordered[index, place]
                del ordered[bisect_left(ordered, gone)]
            if new and hash_name in new and range_name in new:
                place = new[hash_name]["S"]
                rows.setdefault(place, {})[key] = self._shown(index, new)
                insort(self._ordered.setdefault((index, place), []), (new[range_name]["S"], key))
                self._placed[name] = place

        lag = self.world.between(1, 20, "index", *key, version) * MS
        if self.world.fault("table.index-lag", *key, version):
            lag = self.world.between(0, INDEX_LAG, "index-lag", *key, version)
        due = max(self.world.now + lag, self._index_due.get(name, 0))
        self._index_due[name] = due
        self.world.at(due, apply)

    def _shown(self, index: str, item: Item) -> Item:
        if index not in self.schema.projections:
            return item
        kept = {self.schema.hash, self.schema.range, *self.schema.indexes[index], *self.schema.projections[index]}
        return {name: value for name, value in item.items() if name in kept}

    # Helpers

    def _key(self, item: Mapping[str, Value]) -> Key:
        try:
            return item[self.schema.hash]["S"], item[self.schema.range]["S"]
        except KeyError:
            raise Rejected("ValidationException", "The provided key element does not match the schema") from None

    def _item(self, key: Key) -> Item | None:
        """The item that is there now; what has expired goes at some time within two days."""
        item = self.items.get(key[0], {}).get(key[1])
        expires = item.get(self.schema.ttl) if item else None
        if item and expires and "N" in expires:
            due = int(float(expires["N"])) * SECOND
            late = 0 if self.world.unit("ttl", *key) < 0.5 else self.world.between(0, TTL_LATE, "ttl-late", *key)
            if self.world.now >= due + late:
                self.world.reached["table.ttl"] += 1
                self._write(key, None)
                return None
        return item

    def _projected(self, item: Item, given: Mapping[str, Any]) -> Item:
        if "ProjectionExpression" not in given:
            return {name: copied(value) for name, value in item.items()}
        paths = projection(given["ProjectionExpression"], given.get("ExpressionAttributeNames")).result
        return {name: copied(item[name]) for name in paths if name in item}


def _union(sets: list[frozenset[str]]) -> frozenset[str]:
    return sets[0] if len(sets) == 1 else frozenset[str]().union(*sets)


@lru_cache(maxsize=2_000)
def _equalities(text: str) -> tuple[tuple[str, str], ...]:
    """Attribute and placeholder of each equality in a key condition."""
    return tuple(re.findall(r"([#\w]+)\s*=\s*(:\w+)", text))


def _partition(text: str, hash_name: str, names: Mapping[str, str], values: Mapping[str, Value]) -> str:
    """The partition that a key condition names; it has to name one, by equality."""
    for name, value in _equalities(text):
        if names.get(name, name) == hash_name and value in values:
            return str(content_of(values[value])[1])
    raise Rejected("ValidationException", f"Query condition missed key schema element: {hash_name}")


def _sort(item: Item, name: str) -> tuple[Any, ...]:
    return (comparable(*content_of(item[name])),)


def _sorting(name: str) -> Any:
    return lambda item: _sort(item, name)
