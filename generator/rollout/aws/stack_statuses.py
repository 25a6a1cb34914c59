"""The states of a stack, in CloudFormation's words, and what they allow.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

# A stack in one of these can only be deleted and re-created.
RECREATE_ONLY = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
STUCK = "UPDATE_ROLLBACK_FAILED"
# The stack that a change set of a creation leaves: it has no resources and no template.
EMPTY = "REVIEW_IN_PROGRESS"
DELETED = "DELETE_COMPLETE"
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")


def is_missing_stack(error: Exception) -> bool:
    """True if an error of DescribeStacks and its kind says that there is no such stack: it has no code of its own.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    """
    return "does not exist" in str(error)
