"""The status of the incident functions: whether their schedule and the mappings of their queues are enabled."""

from __future__ import annotations

from generator.rollout.aws.session import AwsSession

# The functions that process the messages of a queue.
FUNCTIONS = ("jira-ticket-creator", "incident-notifier")
# The states of an event source mapping in which Lambda polls the queue, or soon will.
ON = {"Creating", "Enabling", "Enabled", "Updating"}


def stopped_parts(session: AwsSession) -> list[str]:
    """The schedule and the functions that do not run, in words; without them nothing is decided or sent."""
    stopped: list[str] = []
    environment = session.desired.environment
    schedules, functions = session.client("scheduler"), session.client("lambda")
    schedule = f"notifier-schedule-{environment}"
    try:
        state = schedules.get_schedule(Name=schedule, GroupName=f"incident-schedules-{environment}")["State"]
    except schedules.exceptions.ResourceNotFoundException:
        state = "missing"
    if state != "ENABLED":
        stopped.append(f"the schedule {schedule} is {state}")
    for name in FUNCTIONS:
        function = f"{name}-{environment}"
        mappings = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        states = {mapping["State"] for mapping in mappings}
        if not states & ON:
            stopped.append(f"{function} receives nothing from its queue (mapping: {', '.join(states) or 'none'})")
    return stopped
