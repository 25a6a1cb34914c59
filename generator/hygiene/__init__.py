"""Alarms that do no good: ten rules over a capture, each with its evidence and, where there is one, a patch.

    capture, estate ──subjects──► alarms with their timelines ──rules──► findings ──patches──► edits of the YAML

A rule is one file in `rules/`. Everything here reads captures and models; nothing calls AWS.
"""
