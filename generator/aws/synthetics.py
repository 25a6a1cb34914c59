"""Facts of CloudWatch Synthetics: runtime versions, and the bounds of a canary.

Read 2026-11-21 from the pages named below. A canary cannot be created on a deprecated runtime, and existing ones cannot
be changed without leaving it. Deprecations are announced 60 days before.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_python_selenium.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Runtime_Support_Policy.html
https://docs.aws.amazon.com/AmazonSynthetics/latest/APIReference/API_CreateCanary.html
"""

from __future__ import annotations

import datetime

# Newer ones come every few weeks, for the browser that our script does not open; this one has Python 3.12.
RUNTIME = "syn-python-selenium-12.0"
_FEBRUARY, _JANUARY = datetime.date(2026, 2, 3), datetime.date(2026, 1, 22)
DEPRECATED = {
    "syn-python-selenium-5.1": _FEBRUARY,
    "syn-python-selenium-5.0": _FEBRUARY,
    "syn-python-selenium-4.1": _FEBRUARY,
    "syn-python-selenium-4.0": _FEBRUARY,
    "syn-python-selenium-3.0": _JANUARY,
    "syn-python-selenium-2.1": _JANUARY,
    "syn-python-selenium-2.0": datetime.date(2024, 3, 8),
    "syn-python-selenium-1.3": datetime.date(2024, 3, 8),
}
NAMESPACE = "CloudWatchSynthetics"
LEAST_MEMORY_MB = 960
# A function's name has 64 characters: `cwsyn-`, the beginning of the canary's name, a dash and its id of 36.
# https://docs.aws.amazon.com/AmazonSynthetics/latest/APIReference/API_DeleteCanary.html
FUNCTION_NAME_HAS = 21
# A rate is between rate(1 minute) and rate(1 hour); a run may take 14 minutes, and never longer than the rate.
LEAST_EVERY, MOST_EVERY = 60, 3_600
MOST_TIMEOUT = 840
# AWS's advice, for the cold start of a function with a browser in its layers.
LEAST_TIMEOUT = 15
