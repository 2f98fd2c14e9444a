"""Lay out the files of a web service as in a container of Azure ML: code and models below one folder."""

import shutil
import tarfile
from pathlib import Path

from azureml_offline.storage import artifacts, blobs
from azureml_offline.workspace.state import Json, State

MODELS = "azureml-models"


def lay_out(workspace: State, request: Json, root: Path) -> Path:
    """Copy the code into the folder and the models below it; return what AZUREML_MODEL_DIR names.

    That is `azureml-models/NAME/VERSION` for one model, and `azureml-models` for none or several.
    """
    for asset in request.get("assets") or []:
        _place(workspace, asset, root)
    models = [workspace.models[model] for model in request.get("modelIds") or []]
    folders = [root / MODELS / model["name"] / str(model["version"]) for model in models]
    for model, folder in zip(models, folders, strict=True):
        _fetch(workspace, model, folder)
    return folders[0] if len(folders) == 1 else root / MODELS


def _place(workspace: State, asset: Json, root: Path) -> None:
    source = blobs.file(workspace, artifacts.CONTAINER, asset["url"].removeprefix("aml://artifact/"))
    if asset.get("unpack"):
        with tarfile.open(source) as archive:
            archive.extractall(root, filter="data")
    else:
        shutil.copyfile(source, root / Path(asset["id"]).name)


def _fetch(workspace: State, model: Json, folder: Path) -> None:
    """Copy the artifacts of the model's asset: a file, or a folder under its own name."""
    for artifact in workspace.assets[model["url"].removeprefix("aml://asset/")]["artifacts"]:
        origin, container, path = (artifact.get("id") or artifact["prefix"]).rstrip("/").split("/", 2)
        for found in artifacts.list_paths(workspace, origin, container, path):
            if found == path or found.startswith(f"{path}/"):  # not `model.bak` beside `model`
                copy = folder / Path(found).relative_to(Path(path).parent)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(blobs.file(workspace, artifacts.CONTAINER, f"{origin}/{container}/{found}"), copy)
