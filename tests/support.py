"""What tests share: a small complete spec, changes laid over it, and a build of it without the file system."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator.build import Built, Inputs
from generator.cache import lint_cache
from generator.spec.parts_protocol import NO_PARTS, Parts
from generator.workspace import PackFiles, handler_files
from tests.builds import build_once

ROOT = Path(__file__).parent.parent
TODAY = datetime.date(2026, 11, 20)
BASE = """\
version: 1
project: shop
environments: [prod]
organization: {id: o-a1b2c3d4e5}
hub: {account: "111111111111"}
accounts:
  alpha: {id: "222222222222", labels: {tier: critical}}
  beta: {id: "333333333333", labels: {tier: standard}}
  gamma: {id: "444444444444"}
channels:
  mail: {type: email, addresses: [ops@example.com]}
routes: {critical: [mail], high: [mail], medium: [mail], low: [mail]}
access: {monitoring_role: true, sharing: [logs, metrics]}
log_groups:
  application: {name: "/aws/application/{environment}"}
metric_filters:
  errors:
    log_group: application
    pattern: '"[ERROR]"'
    metric: {name: Errors, namespace: Shop, default: 0}
alarms:
  errors:
    metric: {filter: errors}
    statistic: Sum
    threshold: "> 5"
"""

# For two environments in the same accounts: a metric of each, as R10 wants it.
OWN_METRICS = 'metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}\n'


def laid_over(base: Any, change: Any) -> Any:
    """`change` over `base`: mappings are merged, null removes a key, everything else replaces."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    merged = {**base, **{key: laid_over(base.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in merged.items() if not (key in change and change[key] is None)}


@cache
def spec(change: str = "") -> str:
    """The small spec with YAML laid over it, as YAML text."""
    # libyaml's are ten times as fast.
    data = laid_over(_base(), yaml.load(change, Loader=yaml.CSafeLoader) or {})
    return str(yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False))


@cache
def _base() -> Any:
    return yaml.load(BASE, Loader=yaml.CSafeLoader)


@dataclass(frozen=True)
class TextParts:
    """Files that a spec includes, by their paths from its folder."""

    texts: Mapping[str, bytes]

    def matching(self, pattern: str) -> list[str]:
        """Their names, sorted."""
        return sorted(name for name in self.texts if fnmatchcase(name, pattern))

    def content(self, name: str) -> bytes:
        """The bytes of one."""
        return self.texts[name]


# What is installed does not change while tests run.
handlers = cache(handler_files)


def built(
    text: str,
    *,
    lint: bool = False,
    cache: MutableMapping[str, str] | None = None,
    name: str = "observability.yaml",
    packs: dict[str, bytes] | None = None,
    event_packs: dict[str, bytes] | None = None,
    parts: Parts = NO_PARTS,
) -> Built:
    """A build of a text; cfn-lint only where asked for. `packs` and `event_packs` are the user's own, by path; `parts`
    what it includes.

    cache: what cfn-lint found before; that of the whole run of tests where none is given.
    """
    inputs = Inputs(
        text.encode(),
        name,
        handlers(),
        TODAY,
        lint=lint,
        packs=PackFiles(),
        event_packs=PackFiles("event_packs"),
        own_packs=packs or {},
        own_event_packs=event_packs or {},
        parts=parts,
    )
    return build_once(inputs, lint_cache() if cache is None else cache)


def codes(text: str) -> set[str]:
    """The codes of everything that is wrong with a text."""
    return {finding.code for finding in built(text).findings}
