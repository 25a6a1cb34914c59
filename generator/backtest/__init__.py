"""Built alarms over captured metric data: how often each would have fired, and how far the data can be trusted.

It reads a capture and what a build wrote; it never calls AWS.
"""
