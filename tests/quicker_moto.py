"""How moto writes an answer, and botocore reads the times in it, with less work for each value and the same bytes."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import botocore.parsers
import botocore.utils
from dateutil.tz import tzutc

# As moto writes a time; dateutil takes ten times as long to find that out.
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}|\.\d{6})?Z")
_UTC = tzutc()


def quicken_times() -> None:
    """Of the answers that botocore's parsers read."""
    original = botocore.utils.parse_timestamp

    def parse_timestamp(value: Any) -> Any:
        if isinstance(value, str) and _ISO.fullmatch(value):
            return datetime.datetime.fromisoformat(value[:-1]).replace(tzinfo=_UTC)
        return original(value)

    botocore.parsers.DEFAULT_TIMESTAMP_PARSER = parse_timestamp


def quicken_answers() -> None:
    """Where moto is imported."""
    import moto.core.responses
    import xmltodict
    from moto.core import serialize
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    unparse = xmltodict.unparse
    usual = {"full_document": False, "short_empty_elements": True, "pretty": False}

    def quick_unparse(body: Any, *given: Any, **how: Any) -> Any:
        if given or how != usual:
            return unparse(body, *given, **how)
        out: list[str] = []
        for key, value in body.items():
            _write(out, key, value, xmltodict)
        return "".join(out)

    xmltodict.unparse = quick_unparse
    moto.core.responses.camelcase_to_underscores = cache(moto.core.responses.camelcase_to_underscores)
    serialize.ResponseSerializer.get_value = _get_value(serialize, serialize.ResponseSerializer.get_value)
    backend_of, backends = DomainDispatcherApplication.get_backend_for_host, dict[str | None, Any]()

    def known_backend_of(self: Any, host: str | None) -> Any:
        if host not in backends:
            backends[host] = backend_of(self, host)
        return backends[host]

    DomainDispatcherApplication.get_backend_for_host = known_backend_of


def _write(out: list[str], key: str, value: Any, xmltodict: Any) -> None:
    """An element as xmltodict writes it: attributes have an @, and text is `#text`."""
    xmltodict._validate_name(key, "element")
    alone = not hasattr(value, "__iter__") or isinstance(value, str | bytes | bytearray | memoryview | dict)
    for one in (value,) if alone else value:
        if one is None:
            out.append(f"<{key}/>")
        elif not isinstance(one, dict):
            text = escape(xmltodict._convert_value_to_string(one))
            out.append(f"<{key}>{text}</{key}>" if text else f"<{key}/>")
        else:
            inner: list[str] = []
            attributes = text = ""
            for name, part in one.items():
                if name == "#text":
                    text = "" if part is None else escape(xmltodict._convert_value_to_string(part))
                elif name.startswith("@"):
                    written = "" if part is None else xmltodict._convert_value_to_string(part)
                    attributes += f" {name[1:]}={quoteattr(written)}"
                elif part != []:
                    _write(inner, name, part, xmltodict)
            content = "".join(inner) + text
            out.append(f"<{key}{attributes}>{content}</{key}>" if content else f"<{key}{attributes}/>")


def _get_value(serialize: Any, original: Any) -> Any:
    """A member of an object without what moto notes of it for those that change what they pick."""
    keys: dict[tuple[Any, ...], tuple[str, ...]] = {}
    missing, read = serialize.MISSING, serialize.get_value

    def get_value(self: Any, value: Any, key: str, shape: Any) -> Any:
        picker = self._value_picker
        if type(picker) is not serialize.XFormedAttributePicker or picker.response_transformers:
            return original(self, value, key, shape)
        model = self.operation_model.service_model
        place = (type(value), key, shape.name, shape.parent.name, model.service_name)
        if place not in keys:
            context = serialize.AttributePickerContext(value, key, shape, self.operation_model, model)
            keys[place] = tuple(picker.get_possible_keys(context))
        if type(value) is dict and "." not in key:
            return next((value[one] for one in keys[place] if one in value), None)
        for one in keys[place]:
            found = read(value, one, missing)
            if found is not missing:
                return found
        return None

    return get_value
