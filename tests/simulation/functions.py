"""Lambda: execution environments that are frozen between invocations, time-outs that kill, throttling, deployments.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.world import MINUTE, MS, SECOND, Process, Task, World

# Initialisation with a whole core, and what an environment that nobody needs is kept for.
SHORTEST_START, LONGEST_START = 300 * MS, 900 * MS
IDLE = 12 * MINUTE
THROTTLED_FOR = 5 * MINUTE
SKEW = 3 * SECOND
# For so long after a deployment old environments may still be invoked.
OVERLAP = 5 * SECOND


class Context:
    """Lambda's context object."""

    memory_limit_in_mb = "128"

    def __init__(self, world: World, function: str, end: int, request: str) -> None:
        self._world, self._end = world, end
        self.function_name = function
        self.aws_request_id = request
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function}"

    def get_remaining_time_in_millis(self) -> int:
        """What is left of the function's time."""
        return max(0, (self._end - self._world.now) // MS)


@dataclass(eq=False)
class Environment:
    """idle_since: when it was frozen; None while it runs."""

    process: Process
    warm: bool = False
    idle_since: int | None = None


@dataclass(eq=False)
class Invocation:
    """failed: the function raised, was killed or ran out of time. code: the deployment that it ran."""

    name: str
    environment: Environment
    result: Any = None
    failed: bool = False

    @property
    def code(self) -> Any:
        """The deployment package's content."""
        return self.environment.process.code


@dataclass(eq=False)
class Function:
    """handler: called with event and context. initialize: what a cold start runs. code: what is deployed now.

    computing: microseconds of virtual time that an invocation takes for itself, besides its calls.
    """

    world: World
    name: str
    timeout: int
    handler: Callable[[dict[str, Any], Any], Any]
    environ: dict[str, str]
    initialize: Callable[[], None] = lambda: None
    code: Any = None
    environments: list[Environment] = field(default_factory=list)
    made: int = 0
    timeouts: int = 0
    deployed_at: int = -OVERLAP
    computing: int = 0
    _throttled_until: int = 0

    def deploy(self, code: Any) -> None:
        """New invocations get environments with this code, but for the first seconds."""
        self.code = code
        self.deployed_at = self.world.now

    def invoke(
        self, event: dict[str, Any], name: str, on_done: Callable[[Invocation], None], depth: int = 0
    ) -> Invocation | None:
        """Run the handler in a free environment; None where Lambda throttles."""
        if self._is_throttled():
            self.world.note(self.name, "throttled", name)
            return None
        environment = self._environment(name)
        environment.idle_since = None
        process = environment.process
        process.depth = depth
        invocation = Invocation(name, environment)

        def body() -> Any:
            if not environment.warm:
                self.world.pause(self.world.between(SHORTEST_START, LONGEST_START, "cold-start", name))
                self.initialize()
                environment.warm = True
            end = self.world.now + self.timeout
            self.world.at(end, lambda: self._time_out(task))
            self.world.pause(self.computing)
            return self.handler(event, Context(self.world, self.name, end, name))

        task = process.spawn(name, body)
        task.on_done.append(lambda done: self._finish(done, invocation, on_done))
        return invocation

    def _is_throttled(self) -> bool:
        world = self.world
        if world.calm:
            return False
        block = world.now // MINUTE
        if world.now >= self._throttled_until and world.fault("lambda.throttled", self.name, block):
            self._throttled_until = world.now + THROTTLED_FOR
        return world.now < self._throttled_until

    def _environment(self, name: str) -> Environment:
        world = self.world
        free = []
        for environment in self.environments:
            if environment.idle_since is None:
                continue
            is_old = environment.process.code is not self.code
            if world.now - environment.idle_since < IDLE and (
                not is_old or (world.now - self.deployed_at < OVERLAP and world.unit("overlap", name) < 0.5)
            ):
                free.append(environment)
        if free:
            chosen = max(free, key=lambda environment: environment.idle_since or 0)
            if not world.fault("lambda.environment-recycled", name):
                return chosen
            self.environments.remove(chosen)
        self.environments = [e for e in self.environments if e.idle_since is None or e in free]
        self.made += 1
        skew = 0
        if world.fault("lambda.clock-skew", self.name, self.made):
            skew = world.between(-SKEW, SKEW, "skew", self.name, self.made)
        process = Process(world, f"{self.name}-{self.made}", self.environ, self.code, skew)
        environment = Environment(process)
        self.environments.append(environment)
        return environment

    def _time_out(self, task: Task) -> None:
        if not task.done:
            self.timeouts += 1
            self.world.reached["lambda.time-out"] += 1
            self.world.note(self.name, "time-out", task.name)
            task.process.kill()

    def _finish(self, task: Task, invocation: Invocation, on_done: Callable[[Invocation], None]) -> None:
        environment = invocation.environment
        environment.idle_since = self.world.now
        if environment.process.dead:
            invocation.failed = True
            if environment in self.environments:
                self.environments.remove(environment)
        elif task.error:
            invocation.failed = True
            self.world.note(self.name, "raised", type(task.error).__name__, task.error)
        invocation.result = task.value
        on_done(invocation)
