"""A registered champion, loaded by MLflow's own means from the registry of this machine."""

import shutil
import subprocess
import sys
from pathlib import Path

from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.tests.integration.conftest import configured

LOAD = """
import sys
import mlflow
import pandas as pd

model = mlflow.pyfunc.load_model("models:/parcel-delays@champion")
names = model.metadata.signature.inputs.input_names()
print(model.predict(pd.DataFrame({name: [None] for name in names}))["probability"].between(0, 1).all(), end="")
"""


def test_mlflow_loads_the_champion_by_its_alias_and_leaves_the_version_as_it_was(
    trained: Configuration, sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(trained.outputs / "mlflow", tmp_path / "parcels" / "mlflow")
    registry = connect(configured(sample, tmp_path)).registry
    connect(configured(sample, tmp_path)).check()  # the copy's addresses follow it
    address = f"sqlite:///{(tmp_path / 'parcels' / 'mlflow' / 'mlflow.db').as_posix()}"
    told = {"MLFLOW_TRACKING_URI": address, "MLFLOW_DISABLE_TELEMETRY": "true"}
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], env=told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (loaded.returncode, loaded.stdout) == (0, "True"), loaded.stderr
    champion = registry.find("parcel-delays")
    assert champion is not None
    registry.fetch(champion, tmp_path / "fetched")
    written = {path.name for path in (tmp_path / "fetched").rglob("*")}
    assert "MLmodel" in written
    assert not written & {"__pycache__", "registered_model_meta"}
