"""What a run keeps beside its outputs, so that its model can be judged and described later, whatever has changed."""

from typing import Any

from operation.execution.configuration import Configuration
from operation.execution.files import read_json, write_json
from operation.execution.lineage import collect
from operation.execution.values import ModelVersion, Run

CHAMPION = "champion.json"
CONFIGURATION = "configuration.json"
LINEAGE = "lineage.json"


def keep_champion(run: Run, champion: ModelVersion | None) -> None:
    """Remember which version the run's model was compared with."""
    write_json(run.folder / CHAMPION, {"version": champion.version if champion else None})


def champion_version(run: Run) -> int | None:
    """The version that the run's model was compared with; None if there was none."""
    version: int | None = read_json(run.folder / CHAMPION)["version"]
    return version


def keep_validated(run: Run, configuration: Configuration, data_sha256: str) -> None:
    """Remember where the run comes from. Only for validated data: registration asks for it."""
    write_json(run.folder / CONFIGURATION, configuration.model_dump(mode="json"))
    write_json(run.folder / LINEAGE, collect(configuration, data_sha256))


def is_validated(run: Run) -> bool:
    """Whether the run's data, raw and prepared, have passed validation."""
    return (run.folder / LINEAGE).is_file()


def lineage(run: Run) -> dict[str, str]:
    """Where the run comes from."""
    return read_json(run.folder / LINEAGE)


def configuration(run: Run) -> dict[str, Any]:
    """What the run was configured with."""
    return read_json(run.folder / CONFIGURATION)


def evaluation(run: Run) -> dict[str, Any]:
    """What `src/evaluate.py` found about the run's model."""
    return read_json(run.folder / "evaluation" / "metrics.json")
