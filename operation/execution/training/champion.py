"""Fetch the champion, which a new model is compared with."""

import shutil
from pathlib import Path

from operation import console
from operation.execution.backends import Registry
from operation.execution.configuration.sections import Configuration
from operation.execution.training import pipeline
from operation.execution.values import ModelVersion


def fetch_champion(configuration: Configuration, registry: Registry) -> tuple[ModelVersion | None, dict[str, Path]]:
    """Return the champion and the folder of its files, or None and no folder.

    The files are fetched anew each time, so that they are the registry's and not what somebody has made of a copy.
    """
    with console.step("champion") as note:
        model = registry.find(configuration.model)
        if model is None:
            note.text = "none yet"
            return None, {}
        folder = configuration.outputs / "champion"
        shutil.rmtree(folder, ignore_errors=True)
        registry.fetch(model, folder)
        note.text = f"version {model.version}"
    return model, {pipeline.CHAMPION: folder}
