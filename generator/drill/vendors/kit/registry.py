"""The vendors by type of channel, found by directory: `generator/drill/vendors/<type>.py` has a class `Vendor`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from generator.drill import vendors
from generator.drill.vendors.kit.vendor import HttpVendor, Vendor


def vendor_types() -> tuple[str, ...]:
    """The types of channel that a drill can simulate, in alphabetical order."""
    modules = pkgutil.iter_modules(vendors.__path__)
    return tuple(sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_")))


@cache
def vendor_class(channel_type: str) -> type[Vendor]:
    """The stub of a type. Raises KeyError where there is none."""
    if channel_type not in vendor_types():
        raise KeyError(channel_type)
    stub: type[Vendor] = importlib.import_module(f"{vendors.__name__}.{channel_type}").Vendor
    return stub


def http_vendors() -> tuple[type[HttpVendor], ...]:
    """The stubs that are called over HTTP, by type."""
    return tuple(stub for stub in map(vendor_class, vendor_types()) if issubclass(stub, HttpVendor))
