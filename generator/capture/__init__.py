"""Captures: what AWS answered about alarms, their history and their metrics, as JSON lines in a folder.

`obsgen capture` writes them (generator/rollout/capture); what reads them runs offline.
"""
