"""How many changed alarms the generated tests notice: `python -m bench.mutations`, for the shipped example."""

from __future__ import annotations

from tests.scenarios.mutations import example, survivors


def main() -> None:
    """Print the rate, and what went unnoticed."""
    for environment in ("dev", "prod"):
        alive, counted = survivors(example(environment))
        total = sum(counted.values())
        print(f"{environment}: {total - len(alive)} of {total} mutants noticed")
        for what, number in counted.items():
            print(f"  {what}: {number - sum(one.what == what for one in alive)} of {number}")
        for one in alive:
            print(f"  not noticed: {one.place}: {one.what} {one.value}")


if __name__ == "__main__":
    main()
