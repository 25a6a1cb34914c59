"""The actions of CloudWatch itself when an alarm changes its state."""

from __future__ import annotations

import re

# An OpsItem in the account and Region of the alarm, wherever that is; anything else is an ARN.
OPSITEM = "opsitem:"
_ONLY_IN_ALARM = re.compile(r"opsitem:|arn:[^:]+:(?:ssm:[^:]*:[^:]*:opsitem:|ssm-incidents:|aiops:)")


def only_in_alarm(action: str) -> bool:
    """True if it is done when an alarm goes into ALARM, and never after.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
    """
    return _ONLY_IN_ALARM.match(action) is not None
