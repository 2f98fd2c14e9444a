"""The core scripts without the rest of the repository: from any folder, warnings as errors, the same to the byte."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from operation.tests.clones import copy_work_tree
from operation.tests.parcels import copy_scripts, write_tables

SERVER = """
import json, sys
import score

score.init()
heavy = [name for name in ("pandas", "pyarrow", "lightgbm") if name in sys.modules]
print(json.dumps([score.run(sys.argv[1]), heavy]))
"""
SMALL = ("--trees", "20", "--leaves", "15", "--threads", "1")


@pytest.fixture(scope="module")
def bare_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `src/` in a folder of its own, which serves parcels."""
    return copy_scripts(tmp_path_factory.mktemp("bare_copy"))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_tables(folder)
    return folder


def run(scripts: Path, script: str, *arguments: str | Path, folder: Path, **variables: str) -> str:
    """Run a script in `folder`, where every warning is an error, and return what it prints."""
    command = [sys.executable, "-s", "-W", "error", scripts / script, *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def chain(scripts: Path, raw: Path, folder: Path) -> Path:
    """Prepare, train, evaluate and score in `folder`, with paths that are relative to it."""
    run(scripts, "prepare.py", "--data", raw, "--output", "prepared", folder=folder)
    run(scripts, "train.py", "--data", "prepared", "--output", "model", *SMALL, folder=folder)
    given = ("--data", "prepared", "--model", "model", "--champion", "model", "--output", "report")
    run(scripts, "evaluate.py", *given, "--resamples", "50", folder=folder)
    test_part = folder / "prepared" / "test.parquet"
    pq.write_table(pq.read_table(test_part).drop_columns("overdue"), folder / "parcels.parquet")
    files = ("--data", "parcels.parquet", "--model", "model", "--output", "scores")
    run(scripts, "batch_score.py", *files, folder=folder)
    return folder


@pytest.fixture(scope="module")
def alone(bare_copy: Path, raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the bare copy puts out."""
    return chain(bare_copy, raw, tmp_path_factory.mktemp("alone"))


def test_a_bare_copy_puts_out_the_same_bytes_as_the_repository(
    alone: Path, repository: Path, raw: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    whole = tmp_path_factory.mktemp("repository")
    copy_work_tree(repository, whole)
    shutil.rmtree(whole / "src")
    chain(copy_scripts(whole), raw, tmp_path)
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(alone) for path in alone.rglob("*") if path.is_file())
    assert {Path("model", "model.onnx"), Path("report", "metrics.json"), Path("scores", "part-00000.parquet")} <= set(
        names
    )
    for name in names:
        assert (alone / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_serving_from_a_bare_copy_imports_no_data_frames(alone: Path, bare_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    scored = pq.read_table(alone / "scores" / "part-00000.parquet")["probability"].slice(0, 5).to_pylist()
    records = pq.read_table(alone / "parcels.parquet").slice(0, 5).to_pylist()
    features = json.loads((alone / "model" / "features.json").read_text(encoding="utf-8"))["features"]
    request = json.dumps({"data": [{each["name"]: record[each["name"]] for each in features} for record in records]})
    variables = {"AZUREML_MODEL_DIR": str(alone / "model"), "PYTHONPATH": str(bare_copy)}
    answer, heavy = json.loads(run(tmp_path, "server.py", request, folder=tmp_path, **variables))
    assert (answer["probabilities"], heavy) == (pytest.approx(scored), [])
