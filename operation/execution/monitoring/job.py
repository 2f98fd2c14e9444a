"""Describe a window as a job of a workspace, for tables that would take this machine too long."""

import shutil
from pathlib import Path

from operation.errors import OperationError
from operation.execution.backends import Runs
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import MODEL_FILES, sign
from operation.execution.monitoring.reference import copy_whole
from operation.execution.registration.evidence import PROFILE, REFERENCE
from operation.execution.tables.snapshot import Snapshot
from operation.execution.training import pipeline
from operation.execution.training.follow import follow
from operation.execution.training.lineage import collect, label_run
from operation.monitoring.profiles import Profile, read_profile


def require_workspace(configuration: Configuration) -> None:
    """Raise OperationError where there is no workspace to run a job in."""
    if configuration.backend.kind == "local":
        raise OperationError("--as-job needs a workspace: --environment dev, for instance. Leave it out to look here.")


def describe_in_job(
    configuration: Configuration, runs: Runs, source: str, raw: Snapshot, model: Path, reference: Path, work: Path
) -> Profile:
    """Describe raw tables by the bins of the reference in a job; its inputs are put together in the folder `work`.

    `source` is where people say that the tables are from.
    """
    step = pipeline.describe_window(configuration)
    bundle = work / "bundle"
    bundle.mkdir()
    for name in MODEL_FILES:
        shutil.copyfile(model / name, bundle / name)
    sign(bundle)  # so that the job sees damage
    copy_whole(reference, work / REFERENCE)  # without the limits beside it, which would make it another input
    folders = {"raw": raw.folder, pipeline.SCORING_MODEL: bundle, REFERENCE: work / REFERENCE}
    tags = collect(configuration, raw.sha256) | label_run(configuration, "monitor") | {"data_source": source}
    run = follow(runs, runs.submit([step], folders, tags=tags))
    return read_profile(run.folder / "profile" / PROFILE, "Run again.")
