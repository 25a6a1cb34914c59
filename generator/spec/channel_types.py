"""The types of channel, found by directory: `generator/spec/channels/<type>.py` has one model with that `type`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import get_args

from generator.spec import channels
from generator.spec.delivery import ChannelKeys

# The published order, in the schema and in messages; other types follow in alphabetical order.
FIRST = ("email", "jira", "slack", "pagerduty", "webhook", "opsitem")


@cache
def channel_types() -> tuple[str, ...]:
    """The types in the order of the schema."""
    types = {module.name for module in pkgutil.iter_modules(channels.__path__)}
    return (*FIRST, *sorted(types - set(FIRST)))


@cache
def channel_models() -> tuple[type[ChannelKeys], ...]:
    """The model of each type, in the same order. A module without exactly one model stops everything."""
    return tuple(_model(name) for name in channel_types())


def _model(name: str) -> type[ChannelKeys]:
    module = importlib.import_module(f"{channels.__name__}.{name}")
    models = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ChannelKeys) and value.__module__ == module.__name__
    ]
    if len(models) != 1 or get_args(models[0].model_fields["type"].annotation) != (name,):
        raise AssertionError(f'{module.__name__} needs one model of a channel, with `type: Literal["{name}"]`')
    return models[0]
