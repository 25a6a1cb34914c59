"""Builds that are made once a process: a build is a function of its inputs, and most tests build the same few specs.

Each caller has a copy of its own. A build with cfn-lint, of a spec that includes files or has a lock, or after one with
several stacks, is made anew each time: they depend on more than what is compared here.
"""

from __future__ import annotations

import pickle
from collections.abc import MutableMapping
from dataclasses import replace
from functools import lru_cache

from generator import build as stages
from generator import function_packages
from generator.blueprints import hub, member
from generator.build import Built, Inputs
from generator.manifest import MANIFEST, listed_elsewhere, listed_templates
from generator.shards.text import SHARDS, SIDES
from generator.spec import load, variables
from generator.spec.coverage_lock import LOCK


def build_once(inputs: Inputs, lint_cache: MutableMapping[str, str] | None = None) -> Built:
    """As generator.build.build."""
    has_lock = b"members:" in inputs.text or bool(inputs.parts.matching(LOCK))
    if inputs.lint or b"include" in inputs.text or has_lock or _has_several_stacks(inputs):
        return stages.build(inputs, lint_cache)
    rest, packages, artifacts = _made(_Key(inputs, _replaced()))
    made: Built = pickle.loads(rest)
    made.packages = {environment: dict(content) for environment, content in packages.items()}
    made.artifacts = dict(artifacts)
    return made


def _has_several_stacks(inputs: Inputs) -> bool:
    """Whether the last build says where resources are; what it says and its templates decide about this one."""
    return any(
        SHARDS in files or len(listed_templates(files.get(MANIFEST, b""))) > len(SIDES)
        for files in inputs.before.values()
    )


def _replaced() -> tuple[object, ...]:
    """Parts of a build that tests replace: a build with another one of these is another build."""
    functions = (hub.assemble, member._parts, function_packages.packed)
    return (*functions, load.MAX_VALUES, variables.MOST_WRITTEN)


class _Key:
    """Inputs by what they hold; what is installed does not change while tests run."""

    def __init__(self, inputs: Inputs, more: tuple[object, ...]) -> None:
        own = tuple(sorted({**inputs.own_packs, **inputs.own_event_packs}.items()))
        self.inputs = inputs
        given = (inputs.text, inputs.name, inputs.today, inputs.environments, inputs.version, bool(inputs.packs))
        # Stacks outside the hub's Region that this build may not have any more.
        elsewhere = [
            (environment, listed_elsewhere(files.get(MANIFEST, b""), ""))
            for environment, files in inputs.before.items()
        ]
        self._value = (*given, own, frozenset(entry for entry in elsewhere if entry[1]), more)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


# A worker's tests follow each other by file, so those that build the same are near each other.
@lru_cache(maxsize=64)
def _made(key: _Key) -> tuple[bytes, dict[str, dict[str, bytes]], dict[str, bytes]]:
    """A build without its bytes, which nobody changes and which are most of it; and these."""
    made = stages.build(key.inputs)
    return pickle.dumps(replace(made, packages={}, artifacts={})), made.packages, made.artifacts
