"""Facts of Amazon SQS."""

from __future__ import annotations

# The longest MessageRetentionPeriod, in seconds: 14 days.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
LONGEST_RETENTION_S = 14 * 86_400
