"""The picture of how a build grows is the one that the committed numbers make."""

from __future__ import annotations

import json

from bench.curve import NUMBERS, PICTURE, drawing


def test_the_picture_is_of_the_committed_numbers() -> None:
    numbers = json.loads(NUMBERS.read_text(encoding="utf-8"))
    assert PICTURE.read_text(encoding="utf-8") == drawing(numbers)
    assert drawing({**numbers, "alarms": {**numbers["alarms"], "20000": 99.0}}) != drawing(numbers)
