"""Both sides of a comparison: the spec as it is, and out/ as committed at a revision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.exit import usage_error
from generator.cli.git import at_revision, folders_at_revision
from generator.cli.options import BuildTarget
from generator.cli.own_prices import estimate_of
from generator.manifest import ESTATE_FILE, HUB_TEMPLATE, MANIFEST, MEMBER_TEMPLATE, SINK_TEMPLATE
from generator.shards.spread import stack_of, whole

if TYPE_CHECKING:
    from generator.cost.estimate import Estimate
    from generator.cost.price_list import PriceList
    from generator.render.diff import DiffSide, EnvironmentDiff

ESTATE = "estate.json"
OTHER_REVISION = "use another revision, or run `obsgen build` and commit the result"


def differences(built: Built, where: BuildTarget, revision: str, prices: PriceList) -> list[EnvironmentDiff]:
    """The changes from a revision to a build, of each environment; a message and exit 2 if it has no build.

    prices: of both sides.
    """
    names = list(built.estates)
    if not where.environments:
        names += [name for name in folders_at_revision(where.out, revision) if name not in names]
    return [_compared(built, where, revision, name, prices) for name in names]


def _compared(built: Built, where: BuildTarget, revision: str, name: str, prices: PriceList) -> EnvironmentDiff:
    from generator.render.diff import difference

    before, after = _before(where, revision, name, prices), _after(built, name, prices)
    try:
        return difference(name, before, after)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What a build wrote can be compared with itself; then it is not what was committed.
        if before.estate is not None:
            difference(name, after, after)
        detail = f"{type(error).__name__}: {error}"
        raise usage_error(f"out/{name} at {revision} is not the output of a build ({detail})", OTHER_REVISION) from None


def _before(where: BuildTarget, revision: str, environment: str, prices: PriceList) -> DiffSide:
    import yaml

    from generator.estate_data import estate_data
    from generator.render.diff import DiffSide, of_our_version
    from generator.render.yaml_text import parse_template

    folder = where.out / environment
    manifest = at_revision(folder / MANIFEST, revision) or ""
    files = (ESTATE_FILE, HUB_TEMPLATE, MEMBER_TEMPLATE, *_further(manifest))
    texts = {name: at_revision(folder / name, revision) for name in files}
    try:
        content = partial(_content, folder, revision, texts)
        estate = of_our_version(estate_data(content)) if texts[ESTATE_FILE] else None
        stacks = {name: parse_template(texts[name]) for name in sorted(files[1:]) if texts[name]}
        templates = whole(stacks)
        if SINK_TEMPLATE in manifest:
            stacks[SINK_TEMPLATE] = parse_template(at_revision(folder / SINK_TEMPLATE, revision))
        deployed = yaml.load(manifest, Loader=yaml.CSafeLoader) if stacks else None
    except (RecursionError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        detail = " ".join(str(error).split())
        raise usage_error(
            f"out/{environment} at {revision} is not the output of a build: {detail}", OTHER_REVISION
        ) from None
    return DiffSide(estate, templates, _cost(deployed, stacks, prices) if stacks else None)


def _cost(manifest: Any, stacks: Mapping[str, Any], prices: PriceList) -> Estimate | None:
    """The cost at the revision; None where its manifest is of an earlier version of obsgen that had less in it."""
    from generator.cost.estimate import estimate

    try:
        return estimate(manifest, stacks, prices)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _content(folder: Path, revision: str, texts: Mapping[str, str], name: str) -> str:
    text = texts.get(name) or at_revision(folder / name, revision)
    if not text:
        raise ValueError(f"{name} is missing, a part of {ESTATE}")
    return text


def _after(built: Built, environment: str, prices: PriceList) -> DiffSide:
    from generator.render.diff import DiffSide, as_data
    from generator.render.estate_json import estate_json

    estate = built.estates.get(environment)
    if estate is None:
        return DiffSide(None, {})
    stacks = built.spread[environment].templates
    templates = whole({name: stacks[name] for name in sorted(stacks)}) if len(stacks) > 2 else None
    cost = estimate_of(built, environment, prices)
    return DiffSide(as_data(estate_json(estate)), templates or built.templates[environment], cost)


def _further(manifest: str) -> list[str]:
    """The templates of stacks beyond the first, as a manifest lists them."""
    listed = set(re.findall(r"^  template: (\S+)$", manifest, re.MULTILINE))
    return sorted(file for file in listed - {HUB_TEMPLATE, MEMBER_TEMPLATE} if stack_of(file))
