"""Templates as moto reads them, several times each, once for each text: libyaml takes a tenth of PyYAML's time."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

import yaml


def read_template(text: str, loader: Any = yaml.CLoader) -> Any:
    """The data of a template, a copy for each caller. loader: with moto's constructors for CloudFormation's tags."""
    return pickle.loads(_read(text, loader))


@lru_cache(maxsize=64)
def _read(text: str, loader: Any) -> bytes:
    return pickle.dumps(yaml.load(text, Loader=loader), pickle.HIGHEST_PROTOCOL)
