"""Write what makes a registered version an MLflow model: `mlflow.pyfunc.load_model` and `mlflow models serve` work.

MLflow is not imported: that takes seconds, and its own `save_model` writes the same files.
"""

import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from operation.execution.configuration.sections import ROOT
from operation.execution.file_hashes import GOLDEN_ROWS
from operation.execution.json_files import read_json, write_json
from operation.execution.steps.imported_code import find_imported

SOURCE = ROOT / "src"
MLMODEL = "MLmodel"
EXAMPLE = "input_example.json"
EXAMPLE_ROWS = 5
LOADER = "learning.mlflow_model"
NEEDED = ("mlflow", "numpy", "onnxruntime", "pandas")  # to load a model and score with it
CODE = "code"


def write_mlflow_files(package: Path, run_id: str) -> None:
    """Add `MLmodel`, an example of a request, the scoring code and its environment to the files of a version."""
    document = read_json(package / "features.json")
    _copy_code(package / CODE)
    _write_environment(package)
    example = _write_example(package, [feature["name"] for feature in document["features"]])
    function = {
        "loader_module": LOADER,
        "code": CODE,
        "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
        "python_version": platform.python_version(),
    }
    model = {
        "flavors": {"python_function": function},
        "mlflow_version": metadata.version("mlflow"),
        "signature": _signature(document),
        "metadata": {"run": run_id},
        **({"saved_input_example_info": example} if example else {}),
    }
    _write_yaml(package / MLMODEL, model)


def _copy_code(folder: Path) -> None:
    """Copy the modules that loading imports, directly or through others."""
    for file in find_imported(SOURCE.joinpath(*LOADER.split(".")).with_suffix(".py"), SOURCE, ROOT).files:
        copy = folder / file.relative_to(SOURCE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def _write_environment(package: Path) -> None:
    """Pin what scoring needs to the versions of here, in the three forms that MLflow reads."""
    pins = [f"{name}=={metadata.version(name)}" for name in NEEDED]
    (package / "requirements.txt").write_text("\n".join(pins) + "\n", encoding="utf-8")
    python = platform.python_version()
    _write_yaml(package / "python_env.yaml", {"python": python, "dependencies": ["-r requirements.txt"]})
    dependencies = [f"python={python}", "pip", {"pip": pins}]
    _write_yaml(
        package / "conda.yaml", {"name": "mlflow-env", "channels": ["conda-forge"], "dependencies": dependencies}
    )


def _write_example(package: Path, names: Sequence[str]) -> dict[str, Any] | None:
    """Write the first golden rows as an example of what to send; a run of before there were any has none."""
    golden = package / GOLDEN_ROWS
    if not golden.is_file():
        return None
    rows = read_json(golden)["rows"][:EXAMPLE_ROWS]
    write_json(package / EXAMPLE, {"columns": [*names], "data": [[row[name] for name in names] for row in rows]})
    return {"artifact_path": EXAMPLE, "type": "dataframe", "pandas_orient": "split"}


def _signature(document: Mapping[str, Any]) -> dict[str, str | None]:
    """Say which columns go in and come out, as MLflow writes it.

    Text is `string`. All else is `any`, for MLflow refuses integers where the signature says doubles; the model itself
    checks the values.
    """
    inputs = [_column(one["name"], "string" if _is_text(one) else "any") for one in document["features"]]
    return {"inputs": json.dumps(inputs), "outputs": json.dumps([*_outputs(document)]), "params": None}


def _is_text(feature: Mapping[str, Any]) -> bool:
    return bool(feature["kind"] == "category" and feature.get("values", "text") == "text")


def _outputs(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if document.get("task") == "multiclass":
        yield _column("prediction", "string")
        yield from (_column(f"probability_{name}", "double") for name in document["classes"])
    else:
        yield _column("prediction" if document.get("task") == "regression" else "probability", "double")


def _column(name: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "name": name, "required": True}


def _write_yaml(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True), encoding="utf-8")
