"""Find or make the reference of a model's version: the profile of what it learned from, and its thresholds."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from operation import console, monitoring
from operation.errors import OperationError
from operation.execution.backends import NOTHING, Runs
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.file_hashes import HASHES, require_undamaged
from operation.execution.json_files import hash_file, read_sealed, seal, write_json
from operation.execution.registration.evidence import PROFILE, REFERENCE
from operation.execution.steps.processes import run_script
from operation.execution.training import pipeline
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, read_profile, whole_blocks

MODEL = "model.onnx"
SCRIPT = "profile_data.py"


def bring_reference(
    configuration: Configuration, runs: Runs, champion: ModelVersion, model: Path
) -> tuple[Path, Profile]:
    """Return the folder and the profile of the version's reference, which is in `outputs` from the first time on.

    It comes from the version's files, in `model`. A version that has none gets one that is made of its run's rows.

    Raises:
        OperationError: there is none, and the rows that the version learned from can be found nowhere.
    """
    folder = configuration.outputs / "references" / str(champion.version)
    remedy = f"Delete {folder}, and run again: {configuration.command('monitor')}"
    with console.step("reference") as note:
        if (folder / PROFILE).is_file():
            require_undamaged(folder, remedy, (PROFILE,))
        found = read_profile(folder / PROFILE, remedy) if (folder / PROFILE).is_file() else None
        # The folder may be of a registry that was deleted since, whose versions began with 1 as well.
        if found is None or found.model_sha256 != hash_file(model / MODEL):
            shutil.rmtree(folder, ignore_errors=True)
            if (model / REFERENCE / PROFILE).is_file():
                copy_whole(model / REFERENCE, folder)
            else:
                rows = require_rows(configuration, runs, champion, model)
                describe(configuration, {"--data": rows, "--model": model, "--output": folder})
            found = read_profile(folder / PROFILE, remedy)
        note.text = f"of version {champion.version}: {found.rows:,} rows"
    return folder, whole_blocks(found)


def copy_whole(source: Path, folder: Path) -> None:
    """Copy the profile with its hash, whole or not at all."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a command that was killed
    partial.mkdir(parents=True)
    for name in (PROFILE, HASHES):
        shutil.copy(source / name, partial / name)
    partial.rename(folder)


def require_rows(
    configuration: Configuration, runs: Runs, champion: ModelVersion, model: Path, why: str = "has no reference"
) -> Path:
    """Find the rows that the version learned from here, or fetch its run from where it ran; `why` they are needed."""
    rows = find_rows(configuration, model)
    if rows is None and runs.find(champion.run):
        rows = find_rows(configuration, model)
    if rows is None:
        raise OperationError(
            f"Version {champion.version} of {champion.name} {why}, and the rows that it learned from "
            f"cannot be found (run {champion.run}). Train again: {configuration.command('train --force')}"
        )
    return rows


def find_rows(configuration: Configuration, model: Path) -> Path | None:
    """Find the prepared rows that the model was trained on: of its run, or of one that made the same again."""
    sha256 = hash_file(model / MODEL)
    for file in sorted(configuration.outputs.glob(f"runs/*/model/{MODEL}"), reverse=True):
        if hash_file(file) == sha256:
            with suppress(OperationError):  # its rows were deleted or damaged
                require_undamaged(file.parents[1] / "prepared", "", ("train.parquet", "test.parquet"))
                return file.parents[1] / "prepared"
    return None


def describe(configuration: Configuration, folders: Mapping[str, Path], sliced_by: Sequence[str] | None = None) -> None:
    """Run the script that describes rows; raises OperationError with the line that it printed.

    A window is also measured by the slices of some columns; a reference has none, which None says.
    """
    run_description(configuration, SCRIPT, folders, more=() if sliced_by is None else ("--slices", *sliced_by))


def run_description(
    configuration: Configuration,
    name: str,
    folders: Mapping[str, Path],
    options: Mapping[str, str] = NOTHING,
    more: Sequence[str] = (),
) -> None:
    """Run a script that reads rows as that one does; raises OperationError with the line that it printed."""
    script = configuration.scripts / name
    arguments = pipeline.describe(configuration)
    given = {**folders, **options}
    words = [str(word) for option, value in given.items() for word in (option, value)]
    words += [word for option, values in arguments.items() for word in (option, *values)]
    ran = run_script([str(script), *words, *more], ROOT)
    if ran.returncode:
        lines = (ran.stderr or ran.stdout).strip().splitlines() or ["it printed nothing"]
        why = lines[-1].removeprefix("error: ").removeprefix("the rows cannot be described: ")
        raise OperationError(f"The rows could not be described: {why}")


def thresholds(folder: Path, reference: Profile, length: int) -> dict[str, float]:
    """Return the limits for windows of `length` blocks, which are kept beside the reference until the rule changes."""
    from operation.monitoring.thresholds import calibrate

    file, rule = folder / f"thresholds-{length}.json", hash_rule()
    with suppress(OperationError):  # missing or damaged
        kept = read_sealed(file)
        if kept.get("rule") == rule:
            return dict(kept["limits"])
    limits = calibrate(reference, length)
    write_json(file, seal({"rule": rule, "limits": limits}))
    return limits


def hash_rule() -> str:
    """Return the hash of all that limits depend on beside the reference: what is measured, margins and floors."""
    files = sorted(Path(monitoring.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
