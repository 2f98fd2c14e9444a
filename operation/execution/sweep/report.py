"""Report a sweep: a table and a plot of every trial, the same in a file, and the command that uses the best."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.declared import higher_is_better
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json
from operation.execution.sweep.importance import describe_importance, importance_of
from operation.execution.sweep.ranking import Outcome, describe, describe_selection
from operation.execution.sweep.space import space_of
from operation.execution.sweep.table import columns_of, fit
from operation.execution.values import RunGroup

RECORD = "sweep.json"
PLOT = "sweep.png"


def write(
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    command: str,
    lineage: Mapping[str, str],
    stopped: str = "",
) -> Path:
    """Write the ranked outcomes into a new folder, with a plot of those that succeeded, and return the folder.

    `stopped` says why there are not more of them.
    """
    from operation.execution.sweep.plot import draw  # brings matplotlib

    folder = configuration.outputs / "sweeps" / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True)
    found = as_json(configuration, outcomes) | {
        "command": command,
        "lineage": dict(lineage),
        "stopped": stopped or None,
    }
    write_json(folder / RECORD, found)
    if outcomes[0].metrics:
        draw(configuration, outcomes, folder / PLOT)
    return folder


def as_json(configuration: Configuration, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Collect what was tried, on which rows it was compared, and how it went, the best trial first."""
    sweep, best = configuration.sweep, outcomes[0]
    return {
        "search": sweep.search,
        "parameters": space_of(configuration),
        "metric": configuration.gate.metric,
        "lower_is_better": not higher_is_better(configuration.gate.metric),
        "split": configuration.split.model_dump(),
        "compared_on": dict(best.tested) or None,
        "best": dict(best.trial.values) if best.metrics else None,
        "importance": importance_of(space_of(configuration), outcomes, configuration.gate.metric),
        "trials": [outcome.as_json() for outcome in outcomes],
    }


def as_group(
    configuration: Configuration, outcomes: Sequence[Outcome], name: str, tags: Mapping[str, str], folder: Path
) -> RunGroup:
    """Describe the sweep as a whole, for where its trials are shown below it."""
    sweep, best = configuration.sweep, outcomes[0]
    shares = importance_of(space_of(configuration), outcomes, configuration.gate.metric)
    metrics = {f"selection/metrics.{metric}": value for metric, value in best.metrics.items()}
    metrics |= {f"importance/{parameter}": share for parameter, share in shares.items() if share is not None}
    settings = {"search": sweep.search, "trials": str(sweep.trials), "metric": configuration.gate.metric}
    tried = {parameter: " ".join(map(str, choices)) for parameter, choices in space_of(configuration).items()}
    return RunGroup(
        name,
        tuple(outcome.run.id for outcome in outcomes),
        {**tags, **({"best": describe(best.trial.values)} if best.metrics else {})},
        {f"sweep.{key}": value for key, value in {**settings, **tried}.items()},
        metrics,
        tuple(file for file in (folder / RECORD, folder / PLOT) if file.exists()),
    )


def show(
    configuration: Configuration, outcomes: Sequence[Outcome], folder: Path, command: str, stopped: str = ""
) -> None:
    """Print the table, what its figures are about, and what to do next.

    Raises:
        OperationError: no trial succeeded.
    """
    metric, best = configuration.gate.metric, outcomes[0]
    columns = fit(columns_of(configuration, outcomes), console.output.width)
    rows = list(zip(*columns.values(), strict=True))
    console.table(f"{len(outcomes)} trials, best first", list(columns), rows)
    if not best.metrics:
        raise OperationError(
            f"None of the {len(outcomes)} trials succeeded; the table says why, and {folder / RECORD} in full. "
            f"Fix it, or section sweep of configuration/use_cases/{configuration.use_case}.yaml, and run again."
        )
    shares = describe_importance(importance_of(space_of(configuration), outcomes, metric))
    for name, text in {
        "Stopped": stopped,
        "Compared on": f"{describe_selection(configuration, best.tested)}; none of the test part",
        "Best": f"{metric} {best.metrics[metric]:.4f} with {describe(best.trial.values)}",
        "Importance": f"{shares} (share of the differences that a parameter explains)" if shares else "",
        "Plot": f"{folder / PLOT}",
        "All figures": f"{folder / RECORD}",
        "Train with it": command,
    }.items():
        if text:
            console.say(f"{name:<13} {text}")


def command_of(best: Outcome, settings: Sequence[str]) -> str:
    """Build the command that trains with the best values on the real split, otherwise configured as the sweep was."""
    chosen = {f"training.{name}": _yaml(value) for name, value in best.trial.values.items()}
    others = [each for each in settings if each.split("=")[0] not in chosen and not each.startswith("sweep")]
    words = [word for setting in [*others, *map("=".join, chosen.items())] for word in ("--set", setting)]
    return f"{best.trial.configuration.command('train')} {shlex.join(words)}"


def _yaml(value: Any) -> str:
    """Write the value as --set reads it; Python writes 0.00001 as 1e-05, which is text in YAML."""
    return str(yaml.safe_dump(value)).splitlines()[0]
