"""Find what two runs have kept: here, in another clone, or in a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends import Runs, name_of_run
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import require_undamaged
from operation.execution.json_files import read_json, read_sealed
from operation.execution.registration.evidence import CONFIGURATION, LINEAGE, METRICS, OUTPUTS, QUALITY
from operation.execution.registration.trained_runs import explain_absence

RECORD, COMPLETED = "run.json", "completed"  # the record of a run of this machine; workspaces have another
REMEDY = "Compare another run, or restore the file."


@dataclass(frozen=True)
class Kept:
    """What a completed run has kept: the configuration it ran with, its lineage, evaluation and counts of rows."""

    id: str
    folder: Path
    configuration: Mapping[str, Any]
    lineage: Mapping[str, str]
    evaluation: Mapping[str, Any]
    prepared: Mapping[str, Any]


def find_kept(configuration: Configuration, runs: Runs, given: str) -> Kept:
    """Find the run of that id, here or in the environment's workspace, or in the folder that `given` is the path of.

    Raises:
        OperationError: there is none, it did not complete, is of another use case, or a file is missing or damaged.
    """
    name = name_of_run(configuration.outputs / "runs", given)
    here = configuration.outputs / "runs" / name if name else Path(given)
    if here.is_dir():  # a run of any backend, which all keep their files there, or of another clone
        return _read(configuration, here.resolve().name, here)
    if not name and len(here.parts) > 1:
        raise OperationError(f"There is no folder {given}, and no run of that name.")
    run = runs.find(given)
    if run is None:
        raise OperationError(explain_absence(configuration, given))
    return _read(configuration, run.id, run.folder)


def _read(configuration: Configuration, name: str, folder: Path) -> Kept:
    status = read_json(folder / RECORD, REMEDY).get("status") if (folder / RECORD).is_file() else COMPLETED
    if status != COMPLETED:
        raise OperationError(f"Run {name} did not complete: it is {status}. Compare one that did.")
    if not (folder / CONFIGURATION).is_file():
        raise OperationError(
            f"Run {name} has no {CONFIGURATION}: it is of a sweep, a back-test or a scoring, or no run at all. Compare "
            "runs of invoke train."
        )
    then = read_sealed(folder / CONFIGURATION, REMEDY)
    use_case = then.get("use_case", configuration.use_case)
    if use_case != configuration.use_case:
        raise OperationError(
            f"Run {name} is of the use case {use_case}, not of {configuration.use_case}: both runs must be of one. "
            f"For {use_case}, give --use-case {use_case}."
        )
    if not (folder / "evaluation" / METRICS).is_file():
        raise OperationError(f"Run {name} has no evaluation here: it did not complete. Compare one that did.")
    for output, needed in OUTPUTS.items():
        if (folder / output).is_dir():  # a run that only evaluated has no model of its own
            require_undamaged(folder / output, REMEDY, needed)
    quality = folder / "evaluation" / QUALITY
    evaluation = read_json(folder / "evaluation" / METRICS, REMEDY)
    return Kept(
        name,
        folder,
        then,
        read_sealed(folder / LINEAGE, REMEDY),
        {**(read_json(quality, REMEDY) if quality.is_file() else {}), **evaluation},
        read_json(folder / "prepared" / METRICS, REMEDY),
    )
