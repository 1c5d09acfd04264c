"""Properties of the running service, examined from within a test on its event loop."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import anyio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

Value = TypeVar("Value")


async def for_all(
    strategy: SearchStrategy[Value], examine: Callable[[Value], Coroutine[Any, Any, None]], *, examples: int
) -> None:
    """Examine so many values, always the same ones; what fails is made small before it is reported.

    Values are drawn in a thread, since what Hypothesis raises to give one up would end the loop.
    """

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(strategy)
    def examine_here(value: Value) -> None:
        anyio.from_thread.run(examine, value)

    await anyio.to_thread.run_sync(examine_here)


async def for_all_lives(machine: Callable[[], RuleBasedStateMachine], *, lives: int, steps: int) -> None:
    """Run so many lives of so many steps, always the same ones; one that fails is made short and reported.

    The machine's rules are run in a thread, and reach what is on the loop by `anyio.from_thread.run`.
    """
    bounds = settings(
        max_examples=lives,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    # A factory will do, says the library's documentation, though not its types.
    made = cast("type[RuleBasedStateMachine]", machine)
    await anyio.to_thread.run_sync(lambda: run_state_machine_as_test(made, settings=bounds))
