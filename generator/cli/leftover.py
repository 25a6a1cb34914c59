"""Environments that are in out/ but no longer in the spec: what is deployed of them runs until it is destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.manifest import MANIFEST
from generator.reading import MOST_BUILT, content
from generator.wording import first_of

SHOWN = 8


def removed_environments(out: Path, environments: tuple[str, ...]) -> Iterator[str]:
    """A warning and its hint for each of them. environments: those of the spec."""
    for manifest in sorted(out.glob(f"*/{MANIFEST}")):
        name = manifest.parent.name
        if name not in environments and _is_ours(manifest):
            yield (
                f"{out}/{name}: the environment is no longer in the spec; if it is deployed,"
                f" {_accounts(manifest)} are still monitored\n"
                f"  = help: run `obsgen destroy -e {name}`, which reads {out}/{name}; then delete that folder"
            )


def written_by(manifest: Path) -> str:
    """The version of obsgen that wrote a manifest; empty where it does not say."""
    return str(_read(manifest).get("written_by", ""))


def _is_ours(manifest: Path) -> bool:
    try:
        return b"obsgen build" in content(manifest, MOST_BUILT)[:400]
    except OSError:
        return False


def _accounts(manifest: Path) -> str:
    try:
        groups = _read(manifest)["stack_sets"][0]["groups"]
        who = sorted(f"{name} ({account})" for group in groups for name, account in group["accounts"].items())
    except (AttributeError, KeyError, IndexError, TypeError):
        who = []
    return f"its accounts {first_of(who, SHOWN)}" if who else "its accounts"


def _read(manifest: Path) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.load(content(manifest, MOST_BUILT), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}
