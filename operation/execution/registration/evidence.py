"""What a run keeps beside its outputs, so that its model can be judged and described later, whatever has changed.

Each file is read here and nowhere else. A file that is missing or damaged raises OperationError with its name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import MODEL_FILES, hash_model, require_undamaged
from operation.execution.json_files import read_json, read_sealed, seal
from operation.execution.validation import record as validation
from operation.execution.values import VALIDATIONS, Evidence, ModelVersion, Run

CHAMPION = "champion.json"
CONFIGURATION = "configuration.json"
LINEAGE = "lineage.json"
METRICS = "metrics.json"
QUALITY = "quality.json"  # what the model card shows beside the metrics
REFERENCE, PROFILE = "reference", "profile.json"  # what monitoring compares with: only of runs that were asked for it
# Folders of the steps that a model is judged and registered by, and the files there that are read.
OUTPUTS = {"prepared": (METRICS,), "model": MODEL_FILES, "evaluation": (METRICS,)}


def initial_files(
    configuration: Configuration, lineage: Mapping[str, str], champion: ModelVersion | None
) -> dict[str, Mapping[str, Any]]:
    """Build the files that a run of the whole chain begins with: configuration, lineage, former champion."""
    files = {CONFIGURATION: seal(configuration.model_dump(mode="json")), LINEAGE: seal(lineage)}
    return {**files, **comparison_file(champion)}


def comparison_file(champion: ModelVersion | None) -> dict[str, Mapping[str, Any]]:
    """Build the file that says which version the run's model is compared with."""
    return {CHAMPION: seal({"version": champion.version if champion else None})}


def read_evidence(configuration: Configuration, run: Run) -> Evidence:
    """Read all that a completed run of the whole chain has kept.

    A trial of a sweep has no evidence: it begins with none of the files, for it is never registered. `is_validated`
    tells the two apart, and `read_evaluation` reads what a trial has.

    Raises:
        OperationError: a file is missing, or is not what the step has written.
    """
    remedy = f"Run the steps again: {configuration.command('train')}"
    hashes = require_outputs(run, OUTPUTS, remedy)
    if (run.folder / REFERENCE).exists():
        require_undamaged(run.folder / REFERENCE, remedy, [PROFILE])
    features = read_json(run.folder / "model" / "features.json")["features"]
    return Evidence(
        run=run,
        lineage=read_sealed(run.folder / LINEAGE, remedy),
        configuration=read_sealed(run.folder / CONFIGURATION, remedy),
        champion_version=read_champion_version(run, remedy),
        evaluation=read_evaluation(run),
        prepared=read_json(run.folder / "prepared" / METRICS),
        features=tuple(feature["name"] for feature in features),
        model_sha256=hash_model(hashes["model"]),
        warnings=read_warnings(run),
    )


def require_outputs(run: Run, names: Iterable[str], remedy: str) -> dict[str, Mapping[str, str]]:
    """Return the hashes of the files in these output folders, by folder; those whose files no hash covers are left out.

    Raises:
        OperationError: a file is missing, or is not what the step has written.
    """
    known = {name: OUTPUTS[name] for name in names if name in OUTPUTS}
    return {name: require_undamaged(run.folder / name, remedy, needed) for name, needed in known.items()}


def read_warnings(run: Run) -> tuple[str, ...]:
    """Read what validation warned of in the run's data, raw and prepared, each in one line."""
    records = [
        validation.read(place) for name in VALIDATIONS if ((place := run.folder / name) / validation.RECORD).is_file()
    ]
    return tuple(validation.describe_in_line(failure) for record in records for failure in record.warnings)


def read_evaluation(run: Run) -> dict[str, Any]:
    """Read what `src/evaluate.py` found about the run's model, be it of the whole chain or of a trial.

    An evaluation of before the card had intervals and the like has no `quality.json`.
    """
    folder = run.folder / "evaluation"
    quality = read_json(folder / QUALITY) if (folder / QUALITY).is_file() else {}
    return {**quality, **read_json(folder / METRICS)}


def read_tested(run: Run) -> Mapping[str, Any]:
    """Read what `src/prepare.py` counted of the rows that the run's model was tested on."""
    part: Mapping[str, Any] = read_json(run.folder / "prepared" / METRICS)["test"]
    return part


def read_champion_version(run: Run, remedy: str) -> int | None:
    """Read the version that the run's model was compared with, None if there was none, and nothing else.

    So a search among many runs is not stopped by a damaged file that it has no need of.
    """
    version: int | None = read_sealed(run.folder / CHAMPION, remedy)["version"]
    return version


def is_validated(run: Run) -> bool:
    """Say whether the run's data, raw and prepared, have passed validation."""
    places = [run.folder / name for name in VALIDATIONS]
    return all((place / validation.RECORD).is_file() and validation.read(place).success for place in places)
