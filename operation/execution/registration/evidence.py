"""What a run keeps beside its outputs, so that its model can be judged and described later, whatever has changed."""

from collections.abc import Mapping
from typing import Any

from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.training.pipeline import VALIDATIONS
from operation.execution.validation import record as validation
from operation.execution.values import ModelVersion, Run

CHAMPION = "champion.json"
CONFIGURATION = "configuration.json"
LINEAGE = "lineage.json"


def files(
    configuration: Configuration, lineage: Mapping[str, str], champion: ModelVersion | None
) -> dict[str, Mapping[str, Any]]:
    """What a run of the whole chain begins with: its configuration, where it comes from, what it is compared with."""
    return {CONFIGURATION: configuration.model_dump(mode="json"), LINEAGE: lineage, **compared(champion)}


def compared(champion: ModelVersion | None) -> dict[str, Mapping[str, Any]]:
    """Which version the run's model is compared with."""
    return {CHAMPION: {"version": champion.version if champion else None}}


def champion_version(run: Run) -> int | None:
    """The version that the run's model was compared with; None if there was none."""
    version: int | None = read_json(run.folder / CHAMPION)["version"]
    return version


def is_validated(run: Run) -> bool:
    """Whether the run's data, raw and prepared, have passed validation."""
    places = [run.folder / name for name in VALIDATIONS]
    return all((place / validation.RECORD).is_file() and validation.read(place).success for place in places)


def lineage(run: Run) -> dict[str, str]:
    """Where the run comes from."""
    return read_json(run.folder / LINEAGE)


def configuration(run: Run) -> dict[str, Any]:
    """What the run was configured with."""
    return read_json(run.folder / CONFIGURATION)


def evaluation(run: Run) -> dict[str, Any]:
    """What `src/evaluate.py` found about the run's model."""
    return read_json(run.folder / "evaluation" / "metrics.json")
