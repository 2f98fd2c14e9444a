"""Training by the pipeline: the same artefacts as by hand, and red when the model or the data are not good enough."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from operation.tests.ado.pipelines.conftest import PARCELS, Clone, change, results, run
from operation.tests.clones import git
from operation.tests.interrupts import unmeasured

pytestmark = pytest.mark.slow
PIPELINE = "azure-pipelines/train.yml"
SAME = ("model.onnx", "model.txt", "features.json", "metrics.json", "train.parquet", "test.parquet")
WITHOUT = ("package", "data_docs")  # of a package, the model card names the run and the machine


@pytest.fixture(scope="module")
def trained(sampled: Clone) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    """A clone in which the pipeline has run; in prd, no model is good enough."""
    folder = sampled("trained")
    change(folder, "configuration/environments/prd.yaml", r"\Z", "gate:\n  at_least:\n    roc_auc: 0.899\n")
    return folder, run(folder, PIPELINE, "--keep")


def contents(runs: Path) -> dict[str, str]:
    """The hashes of the artefacts of the only run in the folder, by their paths in it."""
    (only,) = runs.iterdir()
    files = [file for file in only.rglob("*") if file.name in SAME and not set(file.parts) & set(WITHOUT)]
    return {str(file.relative_to(only)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_training_in_dev_makes_the_same_artefacts_as_training_by_hand(
    trained: tuple[Path, "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    folder, ran = trained
    (job,) = (each / "dev.train.deploy" for each in folder.glob("outputs/ado/*/work"))
    by_pipeline = contents(job / "s" / "outputs" / "parcels" / "runs")
    mine = tmp_path / "by-hand"
    git(folder, "clone", "--quiet", ".", str(mine))
    command = [sys.executable, "-m", "invoke", "train"]
    # A job does not get them: they choose how sums are computed, and so the last digits of the linear baseline.
    alike = {name: value for name, value in unmeasured().items() if not name.startswith("OPENBLAS_")}
    subprocess.run(command, cwd=mine, env=alike, capture_output=True, check=True)
    assert {"model/model.onnx", "model/model.txt", "evaluation/metrics.json"} <= set(by_pipeline), ran.stdout
    assert by_pipeline == contents(mine / "outputs" / "parcels" / "runs")


def test_a_model_that_does_not_pass_the_gate_turns_the_pipeline_red(
    trained: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, ran = trained
    assert ran.returncode == 1
    assert results(ran.stdout)["invoke train --environment dev"] == "Succeeded"
    assert results(ran.stdout)["invoke train --environment prd"] == "Failed"
    assert "roc_auc" in ran.stdout.partition("Stage prd")[2]


def test_data_that_are_not_valid_turn_the_pipeline_red_before_training(
    sampled: Clone, sample: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(sample, broken)
    parcels = pd.read_parquet(broken / "parcels.parquet")
    parcels.assign(town="nowhere").to_parquet(broken / "parcels.parquet")
    folder = sampled("broken-data")
    change(folder, PARCELS, r"  source: \S*", f"  source: {broken}")
    ran = run(folder, PIPELINE)
    assert ran.returncode == 1
    assert results(ran.stdout)["invoke validate --environment dev"] == "Failed"
    assert results(ran.stdout)["invoke train --environment dev"] == "Skipped"
    assert "town" in ran.stdout, ran.stdout
    assert "Stage prd" in ran.stdout
    assert "invoke train --environment prd" not in results(ran.stdout)
