"""The manifest of an environment: what is rolled out, in which order."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from generator.blueprints import sharing
from generator.blueprints.incidents import FUNCTION, TABLE
from generator.blueprints.kit.member_parameters import overrides
from generator.blueprints.notifier import WAKE_UPS
from generator.manifest import (
    SINK_TEMPLATE,
    Asset,
    Management,
    Manifest,
    ParameterGroup,
    Queue,
    Retired,
    RetiredStack,
    Stack,
    StackSet,
    Table,
    listed_elsewhere,
)
from generator.model.accounts import Account
from generator.model.estate import Estate
from generator.model.named_alarms import named_alarms
from generator.model.rollout import Rollout
from generator.render.compliance_manifest import tag_compliance
from generator.render.event_manifest import event_queues
from generator.shards.assignments import FIRST
from generator.shards.spread import Spread, stack_of

_STACKS = {"hub": "observability-hub", "member": "observability-members"}


def manifest_of(
    estate: Estate,
    assets: tuple[Asset, ...],
    spread: Spread,
    digests: Mapping[str, str],
    version: str,
    before: bytes = b"",
) -> Manifest:
    """The manifest. spread: over which stacks. digests: of the templates, by file. version: obsgen's.

    before: the manifest of the last build; a stack outside the hub's Region that it lists, and this one does not, has
    nothing any more.
    """
    stacks = tuple(_stacks(estate, spread, digests))
    elsewhere = listed_elsewhere(before, estate.hub.region) - {
        RetiredStack(stack.name, stack.region) for stack in stacks
    }
    stack_sets = tuple(_stack_sets(estate, spread, digests))
    return Manifest(
        project=estate.project,
        environment=estate.environment,
        tags=estate.tags,
        assets=assets,
        stacks=stacks,
        stack_sets=stack_sets,
        queues=_queues(estate),
        table=Table(estate.name(TABLE), estate.hub.account, estate.hub.region),
        compliance=tag_compliance(estate),
        written_by=f"obsgen {version}" if version else "",
        retired=Retired(
            (*map(RetiredStack, _retired(estate, spread, "hub")), *sorted(elsewhere)),
            tuple(_retired(estate, spread, "member")),
        ),
        management=_management(estate, spread, stack_sets),
        volumes=estate.declared_volumes,
        named_alarms=tuple(named_alarms(estate)),
    )


def _stack_name(estate: Estate, side: str, number: int) -> str:
    """The first has the name that it has alone, so that nothing moves when a second one comes."""
    return estate.name(_STACKS[side] if number == FIRST else f"{_STACKS[side]}-{number}")


def _retired(estate: Estate, spread: Spread, side: str) -> Iterator[str]:
    places = spread.places.get(side)
    yield from (_stack_name(estate, side, number) for number in sorted(places.retired if places else ()))


def _stacks(estate: Estate, spread: Spread, digests: Mapping[str, str]) -> Iterator[Stack]:
    for file in spread.templates:
        side, number = stack_of(file) or ("", 0)
        if side == "hub":
            yield Stack(
                name=_stack_name(estate, side, number),
                template=file,
                sha256=digests[file],
                account=estate.hub.account,
                region=estate.hub.region,
                termination_protection=estate.rollout.termination_protection,
            )
    for region in sharing.other_regions(estate):
        yield Stack(
            name=estate.name("observability-sink"),
            template=SINK_TEMPLATE,
            sha256=digests[SINK_TEMPLATE],
            account=estate.hub.account,
            region=region,
            termination_protection=estate.rollout.termination_protection,
        )


def _stack_sets(estate: Estate, spread: Spread, digests: Mapping[str, str]) -> Iterator[StackSet]:
    by_account = overrides(estate)
    managed = estate.organization.stack_sets != "self-managed"
    by_delegate = estate.organization.stack_sets == "delegated-admin"
    from_hub = tuple((name, name) for name in sharing.sink_parameters(estate))
    reached = [account for account in estate.accounts if not account.management]
    for file, template in spread.templates.items():
        side, number = stack_of(file) or ("", 0)
        if side != "member":
            continue
        parameters = template.get("Parameters", {}).keys()
        yield StackSet(
            name=_stack_name(estate, side, number),
            template=file,
            sha256=digests[file],
            permission_model="SERVICE_MANAGED" if managed else "SELF_MANAGED",
            call_as="DELEGATED_ADMIN" if by_delegate else "SELF",
            regions=estate.regions,
            organizational_units=estate.organizational_units,
            from_hub=tuple(pair for pair in from_hub if pair[0] in parameters),
            groups=_groups(reached, by_account, parameters),
            preferences=_preferences(estate.rollout),
            first=(
                *(account.id for account in reached if account.name in estate.rollout.first),
                *estate.rollout.first_units,
            ),
            own_regions=tuple((account.name, account.regions) for account in reached if account.regions),
            excluded=tuple((account.name, account.id) for account in estate.excluded_accounts),
        )


def _management(estate: Estate, spread: Spread, stack_sets: Iterable[StackSet]) -> Management | None:
    """A stack for each stack set and Region: what an instance of the set would be, by the set's name."""
    account = estate.management_account
    if account is None:
        return None
    own, sets = overrides(estate)[account.name], tuple(stack_sets)
    stacks = (
        Stack(
            name=stack_set.name,
            template=stack_set.template,
            sha256=stack_set.sha256,
            account=account.id,
            region=region,
            parameters=_of_template(own, spread.templates[stack_set.template].get("Parameters", {})),
            from_hub=stack_set.from_hub,
        )
        for region in account.regions_of(estate.regions)
        for stack_set in sets
    )
    return Management(account.name, account.id, tuple(stacks))


def _groups(
    accounts: Iterable[Account], by_account: Mapping[str, Mapping[str, str]], parameters: Container[str]
) -> tuple[ParameterGroup, ...]:
    """The accounts that have the same values for the parameters of a template."""
    grouped: dict[tuple[tuple[str, str], ...], list[tuple[str, str]]] = {}
    for account in accounts:
        values = _of_template(by_account[account.name], parameters)
        grouped.setdefault(values, []).append((account.name, account.id))
    return tuple(ParameterGroup(tuple(accounts), values) for values, accounts in sorted(grouped.items()))


def _of_template(values: Mapping[str, str], parameters: Container[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pair for pair in values.items() if pair[0] in parameters))


def _preferences(rollout: Rollout) -> tuple[tuple[str, str | int], ...]:
    """In the words of CloudFormation's StackSetOperationPreferences."""
    tolerance, concurrency = rollout.failure_tolerance, rollout.concurrency
    return (
        ("RegionConcurrencyType", rollout.region_concurrency.upper()),
        ("FailureTolerancePercentage" if tolerance.percent else "FailureToleranceCount", tolerance.number),
        ("MaxConcurrentPercentage" if concurrency.percent else "MaxConcurrentCount", concurrency.number),
    )


def _queues(estate: Estate) -> tuple[Queue, ...]:
    """The queues that `redrive` reads, sends to, and wakes channels with."""
    hub = estate.hub
    log_group = f"/aws/lambda/{estate.name(FUNCTION)}"
    return (
        Queue("incidents", estate.name("incident-queue"), hub.account, hub.region),
        Queue("incident_dead_letters", estate.name("incident-dead-letters"), hub.account, hub.region, log_group),
        Queue("event_dead_letters", estate.name("event-dead-letters"), hub.account, hub.region),
        Queue("wake_ups", estate.name(WAKE_UPS), hub.account, hub.region),
        *event_queues(estate),
    )
