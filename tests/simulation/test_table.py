"""The simulated table answers as moto's DynamoDB does: the same items, the same errors, for random requests, too."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.handlers.world import moto
from tests.simulation.account import table_named
from tests.simulation.table import Schema, Table
from tests.simulation.world import EPOCH, SECOND, World

INDEX = {"due": ("channel", "rank")}
SCHEMA = Schema("t", "pk", "sk", INDEX, "expires")
Answer = dict[str, Any] | str


@pytest.fixture(scope="module")
def real() -> Iterator[Any]:
    """moto's client, with the same table."""
    with moto() as endpoint:
        client = botocore.session.get_session().create_client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
        )
        keys = ("pk", "HASH"), ("sk", "RANGE")
        projected = {"ProjectionType": "ALL"}
        index_keys = [
            {"AttributeName": "channel", "KeyType": "HASH"},
            {"AttributeName": "rank", "KeyType": "RANGE"},
        ]
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "channel", "rank")
            ],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            GlobalSecondaryIndexes=[{"IndexName": "due", "KeySchema": index_keys, "Projection": projected}],
        )
        yield client
        # The server is the process's, and a worker may come back to this module.
        client.delete_table(TableName="t")


def simulated() -> tuple[World, Table]:
    world = World(1)
    return world, Table(world, SCHEMA)


def asked(table: Table, operation: str, **arguments: Any) -> Answer:
    """The answer, or the code of the error, with the reasons why a transaction was cancelled."""
    arguments.pop("TableName", None)
    return _answer(lambda: table.call(operation, arguments))


def asked_of_moto(client: Any, operation: str, **arguments: Any) -> Answer:
    answer = _answer(lambda: getattr(client, operation)(**arguments))
    if isinstance(answer, dict):
        answer.pop("ResponseMetadata", None)
        for name in ("ItemCollectionMetrics", "ConsumedCapacity"):
            answer.pop(name, None)
    return answer


def _answer(call: Callable[[], dict[str, Any]]) -> Answer:
    try:
        return dict(call())
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        return " ".join([error.response["Error"]["Code"], *(reason["Code"] for reason in reasons)])


ITEM = {
    "pk": {"S": "a"},
    "sk": {"S": "b"},
    "amount": {"N": "10"},
    "word": {"S": "apple"},
    "flag": {"BOOL": True},
    "parts": {"L": [{"S": "x"}, {"N": "1"}]},
    "doc": {"M": {"within": {"N": "5"}, "deep": {"M": {"word": {"S": "y"}}}}},
    "tags": {"SS": ["p", "q"]},
}
CONDITIONS = [
    "attribute_exists(pk)",
    "attribute_not_exists(pk)",
    "attribute_not_exists(nothing) AND amount = :ten",
    "amount > :nine AND amount < :ten",
    "amount BETWEEN :nine AND :ten",
    "word BETWEEN :apple AND :banana",
    "NOT amount BETWEEN :nine AND :ten",
    "word IN (:banana, :apple)",
    "word = :apple OR nothing = :apple AND nothing = :banana",
    "(word = :apple OR nothing = :apple) AND nothing = :banana",
    "NOT (word = :banana)",
    "NOT word = :banana AND flag = :true",
    "nothing < :ten",
    "NOT nothing < :ten",
    "nothing <> :ten",
    "word <> :ten",
    "word = :ten",
    "amount = :ten_point_zero",
    "begins_with(word, :app)",
    "begins_with(nothing, :app)",
    "contains(word, :pp)",
    "contains(#s, :p)",
    "size(word) = :five",
    "size(parts) < :five",
    "doc.within = :five AND doc.deep.word = :y",
    "parts[1] = :one",
    "parts[7] = :one",
    "attribute_exists(doc.deep.word) and attribute_not_exists(doc.nothing)",
    "attribute_type(word, :S)",
    "#amount >= :ten",
    "name = :ten",
]
VALUES = {
    ":one": {"N": "1"},
    ":five": {"N": "5"},
    ":nine": {"N": "9"},
    ":ten": {"N": "10"},
    ":ten_point_zero": {"N": "10.0"},
    ":apple": {"S": "apple"},
    ":app": {"S": "app"},
    ":pp": {"S": "pp"},
    ":p": {"S": "p"},
    ":y": {"S": "y"},
    ":S": {"S": "S"},
    ":banana": {"S": "banana"},
    ":true": {"BOOL": True},
    ":more": {"L": [{"S": "z"}]},
    ":set": {"SS": ["r", "p"]},
    ":p_set": {"SS": ["p"]},
}
NAMES = {"#s": "tags", "#amount": "amount"}
UPDATES = [
    "SET word = :banana",
    "SET amount = amount + :five",
    "SET amount = amount - :one, word = :y",
    "SET fresh = if_not_exists(fresh, :one) + :five",
    "SET amount = if_not_exists(amount, :one)",
    "SET #parts = list_append(#parts, :more)",
    "SET #parts = list_append(:more, #parts)",
    "SET #parts[0] = :y",
    "SET doc.within = :nine, doc.fresh = :y",
    "SET word = amount",
    "SET word = nothing",
    "REMOVE word, nothing",
    "REMOVE doc.deep, #parts[0]",
    "ADD amount :five",
    "ADD fresh :five",
    "ADD #s :set",
    "DELETE #s :p_set",
    "SET word = :y REMOVE amount ADD fresh :one",
    "SET nothing.within = :one",
    "SET amount = amount + :one, amount = amount + :one",
]
UPDATE_NAMES = {"#s": "tags", "#parts": "parts"}


def used(text: str, among: dict[str, Any]) -> dict[str, Any]:
    """Those placeholders that a text uses."""
    words = "".join(char if char.isalnum() or char in ":#_" else " " for char in text).split()
    return {name: value for name, value in among.items() if name in words}


def with_placeholders(text: str, names: dict[str, str]) -> dict[str, Any]:
    given = {"ExpressionAttributeValues": used(text, VALUES), "ExpressionAttributeNames": used(text, names)}
    return {name: value for name, value in given.items() if value}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_hold_when_motos_do(real: Any, text: str) -> None:
    _, table = simulated()
    given = {**with_placeholders(text, NAMES), "ConditionExpression": text}
    for target in (lambda **a: asked(table, "put_item", **a), lambda **a: asked_of_moto(real, "put_item", **a)):
        assert target(TableName="t", Item=ITEM) == {}
    ours = asked(table, "put_item", Item=ITEM, **given)
    theirs = asked_of_moto(real, "put_item", TableName="t", Item=ITEM, **given)
    assert ours == theirs


@pytest.mark.parametrize("text", UPDATES)
def test_updates_do_what_motos_do(real: Any, text: str) -> None:
    _, table = simulated()
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    asked(table, "put_item", Item=ITEM)
    asked_of_moto(real, "put_item", TableName="t", Item=ITEM)
    given = {**with_placeholders(text, UPDATE_NAMES), "UpdateExpression": text, "ReturnValues": "ALL_NEW"}
    ours = asked(table, "update_item", Key=key, **given)
    theirs = asked_of_moto(real, "update_item", TableName="t", Key=key, **given)
    assert comparable(ours) == comparable(theirs)


def test_an_update_returns_what_it_changed(real: Any) -> None:
    """As AWS says of UPDATED_NEW; moto leaves out what has the same value as before.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
    """
    _, table = simulated()
    given = {"Key": {name: ITEM[name] for name in ("pk", "sk")}, "ReturnValues": "UPDATED_NEW"}
    given |= with_placeholders(":five :y", {})
    text = "SET word = :y REMOVE flag ADD amount :five"
    asked(table, "put_item", Item=ITEM)
    asked_of_moto(real, "put_item", TableName="t", Item=ITEM)
    ours = asked(table, "update_item", UpdateExpression=text, **given)
    assert ours == asked_of_moto(real, "update_item", TableName="t", UpdateExpression=text, **given)
    assert ours == {"Attributes": {"word": {"S": "y"}, "amount": {"N": "15"}}}


def comparable(answer: Answer) -> Answer:
    """Sets have no order."""
    if isinstance(answer, dict) and "tags" in answer.get("Attributes", {}):
        attributes = answer["Attributes"]
        return {"Attributes": {**attributes, "tags": {"SS": sorted(attributes["tags"]["SS"])}}}
    return answer


def requests(dice: random.Random, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Random requests on few keys, so that they meet each other."""

    def key() -> dict[str, Any]:
        return {"pk": {"S": dice.choice("ab")}, "sk": {"S": dice.choice("xyz")}}

    def item() -> dict[str, Any]:
        made = {**key(), "version": {"N": str(dice.randrange(4))}}
        if dice.random() < 0.6:
            made |= {
                "channel": {"S": dice.choice(("c1", "c2"))},
                "rank": {"S": f"{dice.randrange(5)}#{dice.randrange(9)}"},
            }
        return made

    def guard() -> dict[str, Any]:
        return dice.choice(
            (
                {},
                {"ConditionExpression": "attribute_not_exists(pk)"},
                {
                    "ConditionExpression": "version = :v",
                    "ExpressionAttributeValues": {":v": {"N": str(dice.randrange(4))}},
                },
                {"ConditionExpression": "attribute_exists(channel)"},
            )
        )

    def update(condition: dict[str, Any]) -> dict[str, Any]:
        values = {**condition.get("ExpressionAttributeValues", {}), ":one": {"N": "1"}}
        text = dice.choice(("ADD version :one", "SET version = if_not_exists(version, :one) + :one REMOVE channel"))
        return {**condition, "UpdateExpression": text, "ExpressionAttributeValues": values}

    def step() -> dict[str, Any]:
        kind = dice.choice(("Put", "Update", "Delete", "ConditionCheck"))
        if kind == "Put":
            return {kind: {"TableName": "t", "Item": item(), **guard()}}
        if kind == "Update":
            return {kind: {"TableName": "t", "Key": key(), **update(guard())}}
        if kind == "ConditionCheck":
            return {kind: {"TableName": "t", "Key": key(), "ConditionExpression": "attribute_exists(pk)"}}
        return {kind: {"TableName": "t", "Key": key(), **guard()}}

    for _ in range(number):
        match dice.randrange(8):
            case 0:
                yield "put_item", {"TableName": "t", "Item": item(), **guard()}
            case 1:
                yield "update_item", {"TableName": "t", "Key": key(), **update(guard()), "ReturnValues": "ALL_NEW"}
            case 2:
                yield "delete_item", {"TableName": "t", "Key": key(), **guard(), "ReturnValues": "ALL_OLD"}
            case 3:
                steps = {
                    str(next(iter(s.values())).get("Key") or next(iter(s.values()))["Item"]["pk"]): s
                    for s in (step(), step())
                }
                yield "transact_write_items", {"TransactItems": list(steps.values())}
            case 4:
                yield "get_item", {"TableName": "t", "Key": key(), "ConsistentRead": True}
            case 5:
                values = {":p": {"S": dice.choice("ab")}, ":s": {"S": dice.choice("xy")}}
                text = dice.choice(("pk = :p AND begins_with(sk, :s)", "pk = :p AND sk > :s"))
                yield "query", {"TableName": "t", "KeyConditionExpression": text, "ExpressionAttributeValues": values}
            case 6:
                values = {":c": {"S": dice.choice(("c1", "c2"))}, ":r": {"S": f"{dice.randrange(5)}#"}}
                text = dice.choice(("channel = :c AND #r < :r", "channel = :c AND #r BETWEEN :r AND :r"))
                given = {"ExpressionAttributeNames": {"#r": "rank"}, "ExpressionAttributeValues": values}
                order = {"ScanIndexForward": dice.random() < 0.5}
                yield "query", {"TableName": "t", "IndexName": "due", "KeyConditionExpression": text, **given, **order}
            case 7:
                keys = [{"pk": {"S": "a"}, "sk": {"S": sort}} for sort in dice.sample("xyz", 2)]
                yield "batch_get_item", {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": True}}}


@pytest.mark.parametrize("seed", range(4))
def test_random_requests_get_motos_answers(real: Any, seed: int) -> None:
    world, table = simulated()
    for pk in "ab":
        for sk in "xyz":
            real.delete_item(TableName="t", Key={"pk": {"S": pk}, "sk": {"S": sk}})
    for operation, arguments in requests(random.Random(seed), 120):
        world.run(world.now + 10 * SECOND)
        ours, theirs = asked(table, operation, **arguments), asked_of_moto(real, operation, **arguments)
        assert ordered(ours) == ordered(theirs), (operation, arguments)


def ordered(answer: Answer) -> Answer:
    """Rows of equal rank have no order, and batches have none at all."""
    if isinstance(answer, dict) and "Responses" in answer:
        return {"Responses": sorted(answer["Responses"]["t"], key=str)}
    if isinstance(answer, dict) and "Items" in answer:
        ranks = [item.get("rank", item["sk"])["S"] for item in answer["Items"]]
        return {"ranks": ranks, "items": sorted(answer["Items"], key=str)}
    return answer


def test_an_index_lags_and_then_shows_what_was_written() -> None:
    world = World(3, {"table.index-lag": 1.0})
    table = Table(world, SCHEMA)
    row = {"pk": {"S": "a"}, "sk": {"S": "x"}, "channel": {"S": "c"}, "rank": {"S": "1"}}
    due = {
        "IndexName": "due",
        "KeyConditionExpression": "channel = :c",
        "ExpressionAttributeValues": {":c": {"S": "c"}},
    }
    asked(table, "put_item", Item=row)
    assert asked(table, "query", **due) == {"Count": 0, "ScannedCount": 0, "Items": []}
    world.run(world.now + 5 * SECOND)
    assert asked(table, "query", **due) == {"Count": 1, "ScannedCount": 1, "Items": [row]}
    asked(table, "update_item", Key={"pk": {"S": "a"}, "sk": {"S": "x"}}, UpdateExpression="REMOVE channel")
    world.run(world.now + 5 * SECOND)
    assert asked(table, "query", **due) == {"Count": 0, "ScannedCount": 0, "Items": []}
    assert asked(table, "query", **{**due, "ConsistentRead": True}) == "ValidationException"


def test_what_has_expired_goes_at_once_or_within_two_days() -> None:
    gone = []
    for number in range(20):
        world, table = simulated()
        key = {"pk": {"S": f"p{number}"}, "sk": {"S": "x"}}
        asked(table, "put_item", Item={**key, "expires": {"N": str(EPOCH // SECOND + 60)}})
        moments = (30, 61, 61 + 2 * 86_400)
        states = []
        for moment in moments:
            world.run(EPOCH + moment * SECOND)
            states.append("Item" in asked(table, "get_item", Key=key, ConsistentRead=True))
        gone.append(states)
    assert all(states[0] and not states[2] for states in gone)
    assert {states[1] for states in gone} == {True, False}


def test_an_item_has_a_limit() -> None:
    _, table = simulated()
    large = {"pk": {"S": "a"}, "sk": {"S": "b"}, "text": {"S": "ä" * 200_001}}
    assert asked(table, "put_item", Item=large) == "ValidationException"
    assert asked(table, "put_item", Item={**large, "text": {"S": "ä" * 199_000}}) == {}


def test_a_transaction_with_the_same_token_writes_once() -> None:
    _, table = simulated()
    step = {"Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}, "UpdateExpression": "ADD n :one"}
    step["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    for _ in range(2):
        assert asked(table, "transact_write_items", TransactItems=[{"Update": step}], ClientRequestToken="once") == {}
    assert table.items["a"]["b"]["n"] == {"N": "1"}


def test_placeholders_that_nothing_uses_are_refused() -> None:
    _, table = simulated()
    given = {"ConditionExpression": "attribute_not_exists(pk)", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    assert asked(table, "put_item", Item=ITEM, **given) == "ValidationException"


def test_a_request_names_its_table() -> None:
    assert table_named({"RequestItems": {"t": {}}}) == "t"
    assert table_named({"TransactItems": [{"Put": {"TableName": "t"}}]}) == "t"
