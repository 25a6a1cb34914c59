"""All rules over all alarms of a capture."""

from __future__ import annotations

from collections.abc import Collection

from generator.aws.scaling_alarms import OF_POLICY, is_of_target_tracking
from generator.capture.capture import Capture
from generator.findings import dotted
from generator.hygiene.owned import OwnedAlarms
from generator.hygiene.registry import registry
from generator.hygiene.scores import scores, weeks
from generator.hygiene.subjects import JudgedAlarm, subjects
from generator.hygiene.types import AlarmRef, HygieneFinding, HygieneReport, NotJudged, Thresholds

NO_OWNER = "no owner"


def judge(
    capture: Capture, owned: OwnedAlarms | None, thresholds: Thresholds, rules: Collection[str] = ()
) -> tuple[HygieneReport, dict[AlarmRef, JudgedAlarm]]:
    """The report, and the alarms that have findings. rules: only these; all where there are none."""
    chosen = [rule for rule in registry() if not rules or rule.name in rules]
    findings: list[HygieneFinding] = []
    unjudged: dict[tuple[str, str], list[AlarmRef]] = {}
    with_findings: dict[AlarmRef, JudgedAlarm] = {}
    judged = list(subjects(capture, owned, thresholds))
    for subject in judged:
        for rule in chosen:
            # Such an alarm notifies no one, and the one for scaling in is in ALARM whenever there is little to do.
            is_scaling = is_of_target_tracking(subject.ref.name)
            verdict = NotJudged(OF_POLICY) if is_scaling else rule.judge(subject)
            if isinstance(verdict, NotJudged):
                unjudged.setdefault((rule.name, verdict.reason), []).append(subject.ref)
            elif verdict is not None:
                path = dotted(subject.owned.path) if subject.owned else ""
                owner = subject.owner or NO_OWNER
                severity = subject.owned.severity if subject.owned else ""
                findings.append(HygieneFinding(rule.name, rule.level, subject.ref, owner, verdict, path, severity))
                with_findings[subject.ref] = subject
        subject.drop_values()
    owners = {subject.ref: subject.owner or NO_OWNER for subject in judged}
    lines = [subject.timeline for subject in judged if subject.timeline]
    report = HygieneReport(
        tuple(findings),
        {key: tuple(refs) for key, refs in sorted(unjudged.items())},
        len(judged),
        scores(owners, findings),
        weeks(lines, capture, thresholds),
    )
    return report, with_findings
