"""Volumes that are declared for estimates of the cost."""

from __future__ import annotations

from typing import TypeAlias

EACH_MEMBER = "*"

Volumes: TypeAlias = tuple[tuple[str, float], ...]
"""Item of the price list and quantity a month, sorted."""
DeclaredVolumes: TypeAlias = tuple[tuple[str, Volumes], ...]
"""Volumes of an account, by its name, `hub`, or `*` for each member; an account's replace those of each by item."""
