"""A sweep's configuration, and outcomes without runs behind them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operation.execution.configuration.sections import Configuration, Sweep
from operation.execution.sweep.ranking import Outcome
from operation.execution.sweep.space import trials_of
from operation.execution.values import Run
from operation.tests.parcels import load

TESTED = {"rows": 5, "first_date": "2013-09-01", "last_date": "2013-10-31"}


def configured(parameters: Mapping[str, Any], **sweep: Any) -> Configuration:
    """Load the repository's configuration with another section sweep, by default a grid."""
    loaded = load()
    values = {**loaded.sweep.model_dump(), "search": "grid", "parameters": parameters, **sweep}
    return loaded.model_copy(update={"sweep": Sweep.model_validate(values)})


def ended(configuration: Configuration, metrics: list[Mapping[str, float] | str]) -> list[Outcome]:
    """Make an outcome for each trial: its metrics, or the text of its failure."""
    return [
        Outcome(trial, "failed", Run(f"run-{trial.number}", "failed", Path("none"), found), 1.0)
        if isinstance(found, str)
        else Outcome(trial, "done", Run(f"run-{trial.number}", "completed", Path("none")), 1.0, found, TESTED)
        for trial, found in zip(trials_of(configuration), metrics, strict=True)
    ]


@pytest.fixture
def leaves() -> Configuration:
    """A grid of three trials."""
    return configured({"leaves": [7, 15, 31]})
