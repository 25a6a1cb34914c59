"""The runtime of the canaries is one that a canary can be created with."""

from __future__ import annotations

from generator.aws.synthetics import DEPRECATED, RUNTIME


def test_the_runtime_is_not_deprecated() -> None:
    assert RUNTIME.startswith("syn-python-selenium-")
    assert RUNTIME not in DEPRECATED
