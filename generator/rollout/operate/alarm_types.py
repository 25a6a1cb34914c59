"""The types of alarm that CloudWatch describes, each only on request.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

# Type, and where the answer has those of this type.
ALARMS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms", "LogAlarm": "LogAlarms"}
# Composites follow the alarms that they are made of.
DRILLED = ("MetricAlarm", "LogAlarm")
