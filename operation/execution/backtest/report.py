"""Report a back-test: a table by month and policy, a sentence for each policy, a plot, and the same in a file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.execution.backtest.results import Result, best_policy, by_policy, mean_gain
from operation.execution.backtest.walk import FROZEN, ROLLING, Asked, Span, rule
from operation.execution.configuration.declared import higher_is_better
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json

RECORD, PLOT = "backtest.json", "backtest.png"


def write(
    configuration: Configuration, asked: Asked, trained: Span, results: Sequence[Result], lineage: Mapping[str, str]
) -> Path:
    """Write the results into a new folder, with a plot, and return the folder; `trained` made the frozen model."""
    from operation.execution.backtest.plot import draw  # brings matplotlib

    folder = configuration.outputs / "backtests" / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True)
    write_json(folder / RECORD, as_json(configuration, asked, trained, results) | {"lineage": dict(lineage)})
    draw(results, configuration.gate.metric, folder / PLOT)
    return folder


def as_json(configuration: Configuration, asked: Asked, trained: Span, results: Sequence[Result]) -> dict[str, Any]:
    """Collect every month of every policy, and what each gains over the frozen model."""
    metric, grouped = configuration.gate.metric, by_policy(results)
    return {
        "metric": metric,
        "lower_is_better": not higher_is_better(metric),
        "confidence": configuration.gate.confidence,
        "rolling_months": asked.rolling_months,
        "delay_days": asked.delay_days,
        "best": best_policy(results),
        FROZEN: {"train": rule(trained), "mean": _mean([each.frozen for each in next(iter(grouped.values()))])},
        "policies": {name: _policy_json(each) for name, each in grouped.items()},
    }


def _policy_json(results: Sequence[Result]) -> dict[str, Any]:
    cell, gain = results[0].cell, mean_gain(results)
    return {
        "policy": cell.policy,
        "delay_days": cell.delay_days,
        "mean": _mean([each.metric for each in results]),
        "gain": vars(gain),
        "months": [
            {
                "month": each.cell.month,
                "rows": each.rows,
                "train": rule(each.cell.train),
                "metric": each.metric,
                FROZEN: each.frozen,
                "gain": vars(each.gain),
                "run": each.run,
            }
            for each in results
        ],
    }


def show(configuration: Configuration, asked: Asked, results: Sequence[Result], folder: Path) -> None:
    """Print the table, a sentence for each policy, and where the rest is."""
    metric, grouped = configuration.gate.metric, by_policy(results)
    console.table(f"{metric} by month", ["month", FROZEN, *grouped], rows_of(results))
    for each in grouped.values():
        console.say(sentence(each, metric, asked.rolling_months))
    console.say(f"+ is better. Intervals at {configuration.gate.confidence:.15g}; best policy: {best_policy(results)}")
    console.say(f"Plot          {folder / PLOT}")
    console.say(f"All figures   {folder / RECORD}")


def rows_of(results: Sequence[Result]) -> list[list[str]]:
    """Lay out the table: a row for each month with the frozen model's metric and each policy's, and their means."""
    columns = list(by_policy(results).values())
    rows = [
        [first.cell.month, f"{first.frozen:.4f}", *(f"{column[place].metric:.4f}" for column in columns)]
        for place, first in enumerate(columns[0])
    ]
    means = [_mean([each.frozen for each in columns[0]]), *(_mean([each.metric for each in one]) for one in columns)]
    return [*rows, ["mean", *(f"{mean:.4f}" for mean in means)]]


def sentence(results: Sequence[Result], metric: str, rolling_months: int) -> str:
    """Say what the policy would have gained."""
    cell = results[0].cell
    window = f" on {rolling_months} months" if cell.policy == ROLLING else ""
    delay = f", with outcomes known {cell.delay_days} days later" if cell.delay_days else ""
    return f"Had you retrained monthly{window}{delay}: {metric} {mean_gain(results)}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
