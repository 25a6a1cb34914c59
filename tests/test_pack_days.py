"""A day of each newer pack: an account without the resource, a quiet night, a storm, and what comes after it.

The values are written by hand, as a resource has them, and not computed from the thresholds. A quiet night has its
disturbances: a backup that takes all CPU for ten minutes, a pod that waits for its image, a bounced mail. Nothing is
wrong with them, and no alarm may say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Deployed, LogLine, MetricId, Published, SimulationResult
from generator.model.alarms import Alarm
from tests.test_packs import ACCOUNT, REGION, entry, estate_of, pack_of

GIB = 2**30
# The 1st of January 2027, 00:00 UTC, because a forecast of the bill depends on the day of the month.
START = 1_798_761_600


@dataclass(frozen=True)
class Day:
    """unit: seconds between values. The others are numbers of values: without a resource, at night, and so on."""

    unit: int = 60
    empty: int = 60
    night: int = 480
    storm: int = 90
    after: int = 180

    @property
    def times(self) -> dict[str, tuple[int, int]]:
        """When each part begins and ends, in seconds since 1970."""
        ends = [0, self.empty]
        for length in (self.night, self.storm, self.after):
            ends.append(ends[-1] + length)
        at = [START + self.unit * end for end in ends]
        return dict(zip(("empty", "night", "storm", "after"), zip(at, at[1:], strict=False), strict=True))


LONG = {"ses": Day(300, 24, 288, 36, 72), "billing": Day(21_600, 4, 40, 12, 12)}
# A value of each metric at night and in the storm; None is no data. Then what disturbs the night, and for how many
# values.
Metric = tuple[float | None, float] | tuple[float | None, float, float, int]
METRICS: dict[str, dict[str, Metric]] = {
    "account-quotas": {
        "ClaimedAccountConcurrency": (120, 980, 900, 2),
        "ConcurrentExecutions": (20, 980),
        "ResourceCount": (40, 97, 95, 1),
        "ThrottleCount": (None, 30, 2, 2),
    },
    "activemq": {
        "CpuUtilization": (4, 99, 98, 10),
        "HeapUsage": (45, 97, 92, 10),
        "StorePercentUsage": (12, 91),
        "TempPercentUsage": (0, 88),
        "QueueSize": (0, 25_000, 4000, 10),
        "ConsumerCount": (3, 0, 0, 3),
        "ExpiredCount": (0, 12),
    },
    "amplify-hosting": {
        "5xxErrors": (None, 40, 1, 4),
        "4xxErrors": (2, 300, 15, 10),
        "Latency": (0.2, 9, 5, 5),
    },
    "batch-queue": {
        "JobsMovedToFailed": (None, 30, 3, 5),
        "JobsCancelled": (None, 2, 2, 5),
        "JobsTerminated": (None, 1, 1, 5),
        "JobsMovedToSucceeded": (1, 1),
        "JobsSubmitted": (1, 31),
        "JobsRetried": (None, 60, 1, 10),
        "JobAttemptRunnableToStartingDuration": (200_000, 5_000_000, 2_400_000, 5),
        "JobAttemptExecutionDuration": (1_500_000, 9_000_000),
    },
    "bedrock": {
        "Invocations": (4, 120),
        "InvocationThrottles": (None, 60, 2, 5),
        "InvocationServerErrors": (None, 40, 1, 5),
        "InvocationClientErrors": (None, 30, 1, 5),
        "InvocationLatency": (2500, 55_000, 40_000, 5),
    },
    "billing": {"EstimatedCharges": (200, 1300)},
    "classic-elb": {
        "UnHealthyHostCount": (0, 2, 1, 3),
        "HealthyHostCount": (2, 0, 0, 2),
        "HTTPCode_ELB_5XX": (None, 80, 2, 5),
        "HTTPCode_Backend_5XX": (None, 50, 2, 5),
        "SpilloverCount": (None, 25),
        "Latency": (0.05, 8, 4, 1),
    },
    "direct-connect": {
        "ConnectionState": (1, 0),
        "ConnectionErrorCount": (0, 900, 3, 5),
        "ConnectionLightLevelRx": (-4.5, -30, -20, 5),
    },
    "dms-instance": {
        "CPUUtilization": (12, 99, 97, 10),
        "FreeStorageSpace": (35 * GIB, 2 * GIB),
        "FreeableMemory": (6 * GIB, 0.2 * GIB, GIB, 10),
    },
    "dms-task": {
        "CDCLatencySource": (2, 3000, 400, 5),
        "CDCLatencyTarget": (4, 4000, 500, 5),
        "CDCChangesDiskTarget": (0, 2_000_000, 150_000, 5),
    },
    "ecs": {
        "CPUUtilization": (6, 99, 95, 5),
        "MemoryUtilization": (40, 97, 85, 5),
        "RunningTaskCount": (4, 1, 3, 4),
        "DesiredTaskCount": (4, 4),
        "PendingTaskCount": (0, 3, 2, 10),
        "DeploymentCount": (1, 2, 2, 30),
        "EBSFilesystemUtilization": (30, 96),
    },
    "ecs-cluster": {
        "CpuUtilized": (300, 3900, 3500, 5),
        "CpuReserved": (4096, 4096),
        "MemoryUtilized": (2000, 7900, 7000, 5),
        "MemoryReserved": (8192, 8192),
        "TaskCount": (12, 5, 9, 4),
        "ServiceCount": (5, 4),
        "ContainerInstanceCount": (3, 1, 2, 10),
        "CPUReservation": (60, 98, 95, 10),
        "MemoryReservation": (70, 99, 95, 10),
        "instance_filesystem_utilization": (40, 96),
    },
    "eks": {
        "cluster_failed_node_count": (0, 1, 1, 4),
        "node_cpu_utilization": (15, 96, 92, 5),
        "node_memory_utilization": (50, 97, 90, 1),
        "node_filesystem_utilization": (35, 94, 85, 1),
        "pod_status_pending": (0, 6, 2, 10),
        "pod_container_status_waiting_reason_crash_loop_back_off": (0, 2, 1, 8),
        "pod_container_status_terminated_reason_oom_killed": (None, 3),
        "apiserver_request_total_5XX": (0, 60, 4, 10),
        "apiserver_request_total_429": (0, 90, 15, 10),
        "apiserver_storage_size_bytes": (0.2 * GIB, 7.5 * GIB),
        "scheduler_pending_pods_UNSCHEDULABLE": (0, 9, 3, 12),
    },
    "eks-workload": {
        "pod_number_of_container_restarts": (0, 1, 1, 1),
        "pod_cpu_utilization_over_pod_limit": (10, 98, 90, 5),
        "pod_memory_utilization_over_pod_limit": (45, 97, 90, 1),
        "status_replicas_unavailable": (0, 2, 1, 10),
    },
    "glue": {
        "glue.driver.aggregate.numFailedTasks": (0, 4),
        "glue.driver.jvm.heap.usage": (0.6, 0.98, 0.95, 4),
        "glue.ALL.jvm.heap.usage": (0.5, 0.97, 0.95, 4),
    },
    "rabbitmq": {
        "SystemCpuUtilization": (5, 99, 97, 10),
        "RabbitMQMemUsed": (0.8 * GIB, 3.9 * GIB, 3.5 * GIB, 5),
        "RabbitMQMemLimit": (4 * GIB, 4 * GIB),
        "RabbitMQDiskFree": (150 * GIB, 20 * GIB, 45 * GIB, 1),
        "MessageUnacknowledgedCount": (20, 60_000, 15_000, 5),
        "MessageReadyCount": (0, 30_000, 5000, 10),
        "ConsumerCount": (2, 0, 0, 3),
    },
    "service-quota": {"ResourceCount": (40, 250, 230, 1)},
    "ses": {
        "Reputation.BounceRate": (0.004, 0.09),
        "Reputation.ComplaintRate": (0.0001, 0.004),
        "Reject": (None, 2),
    },
    "cloudtrail": {},
}
# They are about an account, which always exists: nothing may be wrong with one that has not done anything yet.
OF_AN_ACCOUNT = {"account-quotas", "billing", "cloudtrail", "service-quota", "ses"}
QUOTAS = {"AWS/Usage": 100.0, "AWS/Lambda": 1000.0}


def values(day: Day, metric: Metric) -> Iterator[tuple[float, ...] | None]:
    """What is published from the first hour to the last."""
    quiet, storm, *disturbance = metric
    night: list[float | None] = [quiet] * day.night
    if disturbance:
        value, length = disturbance
        night[day.night // 2 : day.night // 2 + int(length or 0)] = [value] * int(length or 0)
    whole = [*[None] * day.empty, *night, *[storm] * day.storm, *[quiet] * day.after]
    return (None if value is None else (float(value),) for value in whole)


def published(made: Any, day: Day, alarms: list[Alarm], metrics: dict[str, Metric]) -> Iterator[Published]:
    """The metrics of all alarms, each once."""
    estate = made.estates["prod"]
    account = next(one for one in estate.accounts if one.id == ACCOUNT)
    known = {}
    for alarm in alarms:
        for measured in alarm.measured():
            metric = measured.metric.of(account, estate.hub)
            known[MetricId(ACCOUNT, REGION, metric.namespace, metric.name, metric.dimensions)] = metrics[metric.name]
    assert {one.name for one in known} == set(metrics), "a metric that no alarm evaluates"
    for metric_id, metric in known.items():
        yield Published(metric_id, START, day.unit, tuple(values(day, metric)))


def lines(name: str, day: Day) -> Iterator[LogLine]:
    """The lines of a pack with filters: those that its patterns ignore, and in the storm those that they match."""
    for part, (begin, end) in day.times.items():
        for pattern in pack_of(name).filters.values() if part != "empty" else ():
            texts = pattern.examples.match if part == "storm" else pattern.examples.ignore
            for at in range(begin, end, 600):
                for text in texts:
                    yield LogLine(ACCOUNT, REGION, "/aws/cloudtrail/all", at, text)


@cache
def played(name: str) -> tuple[SimulationResult, dict[AlarmId, Alarm], Day]:
    """The day of an entry with every alarm and capacity of its pack; the alarms are new when it begins."""
    made = estate_of({"thing": entry(name)})
    day = LONG.get(name, Day())
    alarms = {
        AlarmId(ACCOUNT, REGION, alarm.name): alarm
        for alarm in made.estates["prod"].alarms
        if alarm.key.startswith("thing-")
    }
    assert len(alarms) == len(pack_of(name).alarms)
    given = () if pack_of(name).filters else tuple(published(made, day, list(alarms.values()), METRICS[name]))
    member = Deployed(made.templates["prod"]["member.template.yaml"], ACCOUNT, REGION, "alpha")
    result = simulate(
        [member],
        given,
        tuple(lines(name, day)),
        START,
        day.times["after"][1],
        created=dict.fromkeys(alarms, START),
        quotas={one.metric: QUOTAS[one.metric.namespace] for one in given if one.metric.namespace in QUOTAS},
    )
    assert not result.unknown.keys() & alarms.keys(), result.unknown
    return result, alarms, day


def fired(name: str, part: str) -> dict[str, list[str]]:
    """The states into which each alarm changes in a part of the day, by its key in the pack."""
    result, alarms, day = played(name)
    begin, end = day.times[part]
    found: dict[str, list[str]] = {alarm.key.removeprefix("thing-"): [] for alarm in alarms.values()}
    for change in result.transitions:
        if change.alarm in alarms and (begin < change.at <= end or change.at == begin == START):
            found[alarms[change.alarm].key.removeprefix("thing-")].append(change.after)
    return found


def silent_is_breaching(name: str) -> set[str]:
    return {key for key, alarm in pack_of(name).alarms.items() if alarm.missing_data.as_ == "breaching"}


@pytest.mark.parametrize("name", METRICS)
def test_without_the_resource_only_the_alarms_on_its_absence_fire(name: str) -> None:
    states = fired(name, "empty")
    assert {key for key, changes in states.items() if "ALARM" in changes} == silent_is_breaching(name)
    assert name not in OF_AN_ACCOUNT or not silent_is_breaching(name)


@pytest.mark.parametrize("name", METRICS)
def test_nothing_fires_in_a_quiet_night(name: str) -> None:
    """What fired without the resource returns to OK with its first data."""
    states = fired(name, "night")
    assert {key: changes for key, changes in states.items() if "ALARM" in changes} == {}
    assert {key for key in silent_is_breaching(name) if states[key][-1:] != ["OK"]} == set()


@pytest.mark.parametrize("name", METRICS)
def test_every_alarm_fires_once_in_a_storm(name: str) -> None:
    states = fired(name, "storm")
    assert {key: changes for key, changes in states.items() if changes != ["ALARM"]} == {}


@pytest.mark.parametrize("name", METRICS)
def test_every_alarm_returns_to_ok_after_a_storm(name: str) -> None:
    states = fired(name, "after")
    assert {key: changes for key, changes in states.items() if changes != ["OK"]} == {}


def month_of(day: int) -> int:
    """The day of the month, from 1, of a day since the 1st of January 2027."""
    return (day if day < 31 else day - 31) + 1


@pytest.mark.parametrize(("a_day", "first"), [(33, None), (40, 8), (100, 8)])
def test_a_forecast_of_the_bill_is_a_straight_line_and_begins_anew_each_month(a_day: int, first: int | None) -> None:
    """A budget of 1,000: 33 USD a day are 990 in thirty days, 40 are 1,200. Charges start at zero each month."""
    made = estate_of({"bill": {"type": "billing", "budget": 1000, "alarms": {"forecast": True}}})
    charges = [a_day * (month_of(quarter // 4) - 1 + quarter % 4 / 4) for quarter in range(55 * 4)]
    metric = MetricId(ACCOUNT, REGION, "AWS/Billing", "EstimatedCharges", (("Currency", "USD"),))
    given = Published(metric, START, 21_600, tuple((charge,) for charge in charges))
    member = Deployed(made.templates["prod"]["member.template.yaml"], ACCOUNT, REGION, "alpha")
    result = simulate([member], [given], (), START, START + 55 * 86_400)
    alarm = AlarmId(ACCOUNT, REGION, "bill-forecast-alarm-prod")
    changes = [(change.at, change.after) for change in result.transitions if change.alarm == alarm]
    raised = [1 + (at - START) // 86_400 for at, state in changes if state == "ALARM"]
    assert changes[0][1] == "OK"
    assert (raised[:1] or [None]) == [first]
    # January's last charges leave the window on the 1st of February, the 32nd day. Then nothing is forecast for a week.
    recovered = [1 + (at - START) // 86_400 for at, state in changes if state == "OK"][1:]
    assert recovered == ([] if first is None else [32])
