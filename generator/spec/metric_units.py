"""The units of CloudWatch's metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from __future__ import annotations

from typing import Annotated

from generator.spec.scalars import EnumScalar

_DATA = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_PER_SECOND = tuple(f"{unit}/Second" for unit in (*_DATA, *_BITS, "Count"))
UNITS = ("Seconds", "Microseconds", "Milliseconds", *_DATA, *_BITS, "Percent", "Count", *_PER_SECOND, "None")
# Of more than a thousand, as CloudWatch does: a kilobyte is written in either way.
_SHORT = {
    "s": "Seconds",
    "sec": "Seconds",
    "ms": "Milliseconds",
    "millis": "Milliseconds",
    "us": "Microseconds",
    "b": "Bytes",
    "kb": "Kilobytes",
    "mb": "Megabytes",
    "gb": "Gigabytes",
    "tb": "Terabytes",
    "%": "Percent",
    "": "None",
}
UnitName = Annotated[str, EnumScalar("a CloudWatch unit", *UNITS, short=_SHORT)]
