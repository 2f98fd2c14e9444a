"""Make and find the reference of a model's version: the profile of what it learned from, and its thresholds."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.file_hashes import require_undamaged
from operation.execution.json_files import hash_file, read_sealed, seal, write_json
from operation.execution.training import pipeline
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, read_profile

PROFILE = "profile.json"
SCRIPT = "profile_data.py"


def bring_reference(configuration: Configuration, champion: ModelVersion, model: Path) -> tuple[Path, Profile]:
    """Return the folder and the profile of the version's reference; make it of its run's rows if there is none.

    Raises:
        OperationError: there is none, and the rows that the version learned from are not on this machine.
    """
    folder = configuration.outputs / "references" / str(champion.version)
    remedy = f"Delete {folder}, and run again: {configuration.command('monitor')}"
    with console.step("reference") as note:
        if (folder / PROFILE).is_file():
            require_undamaged(folder, remedy, (PROFILE,))
            found = read_profile(folder / PROFILE, remedy)
            if found.model_sha256 == hash_file(model / "model.onnx"):
                note.text = f"of version {champion.version}: {found.rows:,} rows"
                return folder, found
            shutil.rmtree(folder)  # of a registry that was deleted since, whose versions began with 1 as well
        rows = find_rows(configuration, model)
        if rows is None:
            raise OperationError(
                f"Version {champion.version} of {champion.name} has no reference, and the rows that it learned from "
                f"are not on this machine (run {champion.run}). Train here: {configuration.command('train --force')}"
            )
        describe(configuration, {"--data": rows, "--model": model, "--output": folder})
        found = read_profile(folder / PROFILE, remedy)
        note.text = f"made for version {champion.version}: {found.rows:,} rows"
    return folder, found


def find_rows(configuration: Configuration, model: Path) -> Path | None:
    """Find the prepared rows that the model was trained on: of its run, or of one that made the same again."""
    sha256 = hash_file(model / "model.onnx")
    for file in sorted(configuration.outputs.glob("runs/*/model/model.onnx"), reverse=True):
        if hash_file(file) == sha256:
            with suppress(OperationError):  # its rows were deleted or damaged
                require_undamaged(file.parents[1] / "prepared", "", ("train.parquet", "test.parquet"))
                return file.parents[1] / "prepared"
    return None


def describe(configuration: Configuration, folders: Mapping[str, Path]) -> None:
    """Run the script that describes rows; raises OperationError with the line that it printed."""
    script = configuration.scripts / SCRIPT
    arguments = pipeline.describe(configuration)
    words = [str(word) for option, folder in folders.items() for word in (option, folder)]
    words += [word for option, values in arguments.items() for word in (option, *values)]
    ran = subprocess.run([sys.executable, str(script), *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        lines = (ran.stderr or ran.stdout).strip().splitlines() or ["it printed nothing"]
        raise OperationError(f"The rows could not be described: {lines[-1].removeprefix('error: ')}")


def thresholds(folder: Path, reference: Profile, length: int) -> dict[str, float]:
    """Return the limits for windows of `length` blocks; calibrated once, and kept beside the reference."""
    from operation.monitoring.thresholds import calibrate

    file = folder / f"thresholds-{length}.json"
    with suppress(OperationError):  # missing or damaged
        return dict(read_sealed(file))
    limits = calibrate(reference, length)
    write_json(file, seal(limits))
    return limits
