"""Random edits of a file of several stacks: what nobody touched stays where it is, whatever is added, removed, renamed,
placed elsewhere or overridden; no stack is over its limits; and the order of keys means nothing.

A stack is small here, so that a dozen alarms fill several. OBSGEN_EDITS=200 plays that many files instead of a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from generator.build import Built, Inputs, build
from generator.findings import has_errors
from generator.shards import assignments as places
from generator.shards.pieces import MOVABLE, Pieces, name_property, pieces
from generator.shards.references import references
from generator.workspace import PackFiles
from tests.support import BASE, TODAY, handlers, laid_over

ROOM, RESERVE, PARAMETERS = 4, 3, 12
FILES = int(os.environ.get("OBSGEN_EDITS", "4"))
STEPS = 10
NUMBERS = st.integers(0, 2**16)
ACCOUNTS = ("alpha", "beta", "gamma")
METRIC = {"namespace": "AWS/SQS", "name": "ApproximateAgeOfOldestMessage", "dimensions": {"QueueName": "jobs"}}


def small(taken: Pieces, before: places.ShardAssignments) -> Any:
    """Room for a few resources beside those of the first stack, and for some parameters."""
    filled = replace(places.FILLED, resources=len(taken.fixed.ids) + ROOM, parameters=8)
    most = replace(places.MOST, resources=filled.resources + RESERVE, parameters=PARAMETERS)
    return places.assign_stacks(taken, before, filled, most)


def shuffled(value: Any, order: random.Random) -> Any:
    """The same data with its keys in another order."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    order.shuffle(keys)
    return {key: shuffled(value[key], order) for key in keys}


def names(template: Mapping[str, Any]) -> dict[str, Any]:
    """Logical id to the name in AWS, of what has one."""
    resources = template["Resources"].items()
    return {one: body["Properties"].get(name_property(body)) for one, body in resources if body["Type"] in MOVABLE}


class Edits(RuleBasedStateMachine):
    """What a team does to its file; after each edit it builds, and commits the map."""

    def __init__(self) -> None:
        super().__init__()
        self.spec: dict[str, Any] = {"alarms": {}, "composites": {}, "moved": []}
        self.before: dict[str, bytes] = {}
        self.stacks: dict[str, dict[str, int]] = {}
        self.made = 0

    @initialize()
    def begin(self) -> None:
        for _ in range(9):
            self._alarm()
        parts = list(self.spec["alarms"])
        self.spec["composites"]["both"] = {"rule": f"{parts[0]} and {parts[8]}", "severity": "critical"}

    @rule(count=st.integers(1, 3), in_hub=st.booleans())
    def add(self, count: int, in_hub: bool) -> None:
        for _ in range(count):
            self._alarm(in_hub=in_hub)

    @rule(pick=NUMBERS)
    def remove(self, pick: int) -> None:
        free = [key for key in self.spec["alarms"] if not any(self._users(key))]
        if free:
            self._drop(free[pick % len(free)])

    @rule(pick=NUMBERS, moves=st.booleans())
    def rename(self, pick: int, moves: bool) -> None:
        """With `moved` it is the same alarm; without, another one."""
        former, alarm = self._one(pick)
        self.made += 1
        key = f"renamed-{self.made}"
        for composite in self._users(former):
            words = composite["rule"].split(" ")
            composite["rule"] = " ".join(key if word == former else word for word in words)
        self.spec["alarms"] = {key if one == former else one: body for one, body in self.spec["alarms"].items()}
        if moves:
            self.spec["moved"].append({"from": f"alarms.{former}", "to": f"alarms.{key}"})

    @rule(pick=NUMBERS, account=st.sampled_from(ACCOUNTS), off=st.booleans())
    def override(self, pick: int, account: str, off: bool) -> None:
        _, alarm = self._one(pick)
        if "in" not in alarm and "accounts" not in alarm:
            other = {"enabled": False} if off else {"threshold": f"> {1000 + pick}"}
            alarm["overrides"] = [{"where": {"account": account}, **other}]

    @rule(pick=NUMBERS, account=st.sampled_from(ACCOUNTS))
    def stand(self, pick: int, account: str) -> None:
        """Its only account, or all of them again. alpha stays in both, because composites name it."""
        key, alarm = self._one(pick)
        alarm.pop("overrides", None)
        if "in" not in alarm and not alarm.pop("accounts", None):
            alarm["accounts"] = ["alpha"] if any(self._users(key)) else [account]

    @rule(pick=NUMBERS)
    def threshold(self, pick: int) -> None:
        self._one(pick)[1]["threshold"] = f"> {pick}"

    @rule(pick=NUMBERS, nested=st.booleans())
    def compose(self, pick: int, nested: bool) -> None:
        """A composite of alarms that stand everywhere, or of another composite, which may be in another stack."""
        parts = [key for key, one in self.spec["alarms"].items() if not one.keys() & {"in", "accounts", "overrides"}]
        above = [*self.spec["composites"]] if nested else parts
        if parts and above:
            self.made += 1
            part, other = parts[pick % len(parts)], above[(pick + 1) % len(above)]
            self.spec["composites"][f"composite-{self.made}"] = {"rule": f"{part} or {other}", "severity": "critical"}

    @rule(pick=NUMBERS)
    def decompose(self, pick: int) -> None:
        free = [key for key in self.spec["composites"] if not any(self._users(key))]
        if free:
            del self.spec["composites"][free[pick % len(free)]]

    @invariant()
    def builds(self) -> None:
        if not self.spec["alarms"]:
            return
        built = self._build(self.spec)
        errors = [finding for finding in built.findings if finding.severity.name == "ERROR"]
        assert not has_errors(errors), errors
        again = self._build(shuffled(self.spec, random.Random(self.made)))
        assert again.artifacts == built.artifacts, "the order of keys means nothing"
        spread = built.spread["prod"]
        for side, one in spread.places.items():
            before = self.stacks.get(side, {})
            moved = {key for key, stack in one.stacks.items() if before.get(key, stack) != stack}
            assert not moved, "what is there stays"
            self.stacks[side] = dict(one.stacks)
            self._check(side, built, one)
        self.before = {path.partition("/")[2]: content for path, content in built.artifacts.items()}

    def _check(self, side: str, built: Built, where: places.ShardAssignments) -> None:
        whole = built.templates["prod"][f"{side}.template.yaml"]
        stacks = {file: one for file, one in built.spread["prod"].templates.items() if file.startswith(side)}
        most = len(pieces(whole).fixed.ids) + ROOM + RESERVE
        seen: dict[str, Any] = {}
        for one in stacks.values():
            assert len(one["Resources"]) <= most
            assert len(one.get("Parameters", {})) <= PARAMETERS
            assert not seen.keys() & one["Resources"].keys(), "each is in one stack"
            for body in one["Resources"].values():
                found = references(body)
                known = one["Resources"].keys() | one.get("Parameters", {}).keys()
                assert {name for name in found.names | found.attributes if "::" not in name} <= known, "names cross"
            seen |= one["Resources"]
        assert seen.keys() == whole["Resources"].keys()
        assert names({"Resources": seen}) == names(whole), "names are those of one stack"
        order = {number: at for at, number in enumerate(where.numbers)}
        for one, body in whole["Resources"].items():
            for named in references(body).names & where.stacks.keys():
                assert order[where.stacks[named]] <= order[where.stacks.get(one, places.FIRST)], (
                    "names are there before"
                )

    def _build(self, change: Mapping[str, Any]) -> Built:
        data = laid_over(yaml.safe_load(BASE), {section: one for section, one in change.items() if one})
        text = yaml.safe_dump(data, sort_keys=False).encode()
        inputs = Inputs(
            text, "observability.yaml", handlers(), TODAY, lint=False, packs=PackFiles(), before={"prod": self.before}
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("generator.shards.spread.place", small)
            patch.setattr("generator.shards.spread.is_full", lambda _template: True)
            return build(inputs)

    def _alarm(self, *, in_hub: bool = False) -> None:
        self.made += 1
        alarm = {"metric": dict(METRIC), "statistic": "Maximum", "threshold": "> 600"}
        self.spec["alarms"][f"{'zebra'[self.made % 5]}-{self.made}"] = {**alarm, **({"in": "hub"} if in_hub else {})}

    def _one(self, pick: int) -> tuple[str, dict[str, Any]]:
        if not self.spec["alarms"]:
            self._alarm()
        keys = list(self.spec["alarms"])
        key = keys[pick % len(keys)]
        return key, self.spec["alarms"][key]

    def _users(self, key: str) -> Iterator[dict[str, Any]]:
        yield from (one for one in self.spec["composites"].values() if key in one["rule"].split(" "))

    def _drop(self, key: str) -> None:
        """With the moves that led to it."""
        del self.spec["alarms"][key]
        gone = {f"alarms.{key}"}
        for move in self.spec["moved"][::-1]:
            if move["to"] in gone:
                gone.add(move["from"])
        self.spec["moved"] = [move for move in self.spec["moved"] if move["to"] not in gone]


def test_no_edit_moves_what_nobody_touched() -> None:
    chosen = settings(
        max_examples=FILES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Edits, settings=chosen)
