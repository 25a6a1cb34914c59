"""The agent in every member and Region, which searches logs for errors and puts its findings on the hub's bus.

Its queue has its state: each message names a time window, and is deleted after that window was searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, awslambda

from generator.blueprints.error_logs_rights import agent_statements
from generator.blueprints.error_logs_triggers import STEM, rules, schedules, written_by
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.functions import function, log_group, members_bucket, role
from generator.blueprints.kit.placements import member_condition_attribute
from generator.blueprints.kit.queues import MAX_RECEIVES, mapping, queue
from generator.blueprints.kit.stack import Part
from generator.manifest import Asset
from generator.model.error_log_names import AGENT, AGENT_DEAD_LETTERS
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate

FUNCTION = AGENT
HANDLER = "handlers.error_logs.app.handler"
TIMEOUT_SECONDS = 240


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The resources of the agent in a member; nothing without `error_logs`."""
    error_logs = estate.error_logs
    if error_logs is None:
        return
    # A unit may contain the hub, which has no agent.
    more: dict[str, Any] = member_condition_attribute(error_logs.placement, estate)
    path = error_logs.path
    yield dead_letter_queue(f"{STEM}DeadLetters", estate.name(AGENT_DEAD_LETTERS), path, **more)
    yield queue(f"{STEM}Queue", estate.name(AGENT), f"{STEM}DeadLetters", TIMEOUT_SECONDS, path, **more)
    yield from written_by(error_logs, more)
    yield from _function(estate, error_logs, assets[FUNCTION], more)
    yield from rules(estate, error_logs, more)
    yield from schedules(estate, error_logs, more)
    description = "Messages that the agent could not process"
    yield Output(f"{STEM}DeadLettersUrl", Description=description, Value=Ref(f"{STEM}DeadLetters"), **more)


def _function(estate: Estate, error_logs: ErrorLogs, asset: Asset, more: dict[str, Any]) -> Iterator[Part]:
    name, path = estate.name(AGENT), error_logs.path
    yield log_group(f"{STEM}LogGroup", name, path, **more)
    statements = list(agent_statements(estate, error_logs))
    does = "query-logs"
    yield role(f"{STEM}Role", name, does, statements, path, environment=estate.environment, in_members=True, **more)
    yield function(
        f"{STEM}Function",
        name,
        asset,
        path,
        timeout_seconds=TIMEOUT_SECONDS,
        bucket=members_bucket(estate.hub.account),
        Description="Searches logs for errors",
        Environment=awslambda.Environment(
            Variables={
                "BUS_ARN": estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}"),
                "DEAD_LETTERS_URL": Ref(f"{STEM}DeadLetters"),
                "ENVIRONMENT": estate.environment,
                "MAX_RECEIVES": str(MAX_RECEIVES),
                "QUEUE_URL": Ref(f"{STEM}Queue"),
            }
        ),
        **more,
    )
    # Two at a time: a long window does not delay the events of tasks.
    yield mapping(STEM, path, **more)
    yield Output(
        f"{STEM}FunctionName",
        Description="Function that searches logs for errors",
        Value=Ref(f"{STEM}Function"),
        **more,
    )
    yield Output(f"{STEM}RoleArn", Description="Role of that function", Value=GetAtt(f"{STEM}Role", "Arn"), **more)


CONCERN = Concern(member=lambda inputs: resources(inputs.estate, inputs.assets))
