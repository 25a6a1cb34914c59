"""What botocore and moto work out again for every client and every request, worked out once; and a quicker YAML.

None of it changes what they do: a profile of the tests of rollouts had a third of its time here.
"""

from __future__ import annotations

import inspect
import pickle
import sys
from functools import cache, lru_cache, partial
from typing import Any

import botocore.client
import botocore.hooks
import botocore.loaders
import botocore.model
import botocore.session
import yaml

from tests.quicker_moto import quicken_answers, quicken_times

# Characters of a text that is quicker copied than read again.
_LONG = 1_000


def quicken_yaml() -> None:
    """What tests read is read by libyaml, which is ten times as fast; obsgen names its loaders.

    The same manifest is read by each command of a test: everybody has a copy of what was read first.
    """
    original = yaml.load

    @lru_cache(maxsize=64)
    def read(text: str | bytes) -> bytes:
        return pickle.dumps(original(text, yaml.CSafeLoader), pickle.HIGHEST_PROTOCOL)

    def load(stream: Any, Loader: Any) -> Any:  # noqa: N803  # as PyYAML calls it
        if Loader is yaml.CSafeLoader and isinstance(stream, str | bytes) and len(stream) >= _LONG:
            return pickle.loads(read(stream))
        return original(stream, Loader)

    yaml.load = load
    yaml.safe_load = partial(load, Loader=yaml.CSafeLoader)


def quicken_botocore() -> None:
    """Models, their shapes and the names of events are the same for all clients of a process."""
    loader = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda *_: loader
    # Each client would look through all shapes of its service for those that are errors.
    botocore.client.ServiceModel = _service_model
    # Each client's emitter would compare every name with all that were ever changed.
    names: dict[str, str] = {}
    begin = botocore.hooks.EventAliaser.__init__

    def begin_with_names(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        begin(self, event_emitter, event_aliases)
        if self._event_aliases == botocore.hooks.EVENT_ALIASES:
            self._alias_name_cache = names

    botocore.hooks.EventAliaser.__init__ = begin_with_names
    botocore.hooks._PrefixTrie._recursive_copy = _copied
    quicken_times()


_MODELS: dict[str, tuple[dict[str, Any], botocore.model.ServiceModel]] = {}


def _service_model(description: dict[str, Any], service_name: str) -> botocore.model.ServiceModel:
    """A model of its own for each description: somebody's own loader may have another one of the same service."""
    before = _MODELS.get(service_name)
    if before is None or before[0] is not description:
        before = _MODELS[service_name] = (description, botocore.model.ServiceModel(description, service_name))
    return before[1]


def _copied(self: Any, node: dict[str, Any]) -> dict[str, Any]:
    """The structure of a trie, without copying its handlers."""
    nodes = botocore.hooks.NodeList
    return {
        key: nodes(list(value.first), list(value.middle), list(value.last))
        if type(value) is nodes
        else _copied(self, value)
        if type(value) is dict
        else value
        for key, value in node.items()
    }


def quicken_moto() -> None:
    """What moto works out for every request. Only where something has imported it: this takes a second."""
    if "moto.core.responses" not in sys.modules:
        return
    import moto.core.responses
    import moto.core.serialize
    import werkzeug.routing.rules
    import xmltodict
    from moto.moto_api._internal.moto_random import MotoRandom

    moto.core.responses.method_names_from_class = _Methods
    moto.core.serialize.XFormedAttributePicker.get_possible_keys = _possible_keys(
        moto.core.serialize.XFormedAttributePicker.get_possible_keys
    )
    xmltodict._validate_name = cache(xmltodict._validate_name)
    quicken_answers()
    original = MotoRandom.get_random_string

    def get_random_string(self: Any, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
        if (length, include_digits, lower_case) != _REQUEST_ID:
            return str(original(self, length, include_digits, lower_case))
        return f"{self.getrandbits(4 * length):0{length}X}"

    MotoRandom.get_random_string = get_random_string
    # Werkzeug compiles two functions for each of moto's paths that make an address of it: nobody asks for one.
    werkzeug.routing.rules.Rule._compile_builder = lambda _self, append_unknown=True: _no_address


def _no_address(_self: Any) -> tuple[str, str]:
    raise NotImplementedError


def _possible_keys(original: Any) -> Any:
    """Where moto looks for a member in an object: the same for all objects of a class."""
    known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def possible_keys(self: Any, context: Any) -> tuple[str, ...]:
        parent, service = context.shape.parent.name, context.service_model.service_name
        key = (type(context.obj), context.key, context.shape.name, parent, service)
        if key not in known:
            known[key] = tuple(original(self, context))
        return known[key]

    return possible_keys


# Arguments that only the id of a request has: nobody reads more of it than that it is there.
_REQUEST_ID = (52, True, False)


class _Methods:
    """The methods of a class by name, without a list of them all."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __contains__(self, name: str) -> bool:
        return inspect.isfunction(getattr(self._owner, name, None))
