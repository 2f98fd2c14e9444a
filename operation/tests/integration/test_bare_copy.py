"""The core scripts without the rest of the repository: from any folder, warnings as errors, the same to the byte."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

SERVER = """
import json, sys
import score

score.init()
heavy = [name for name in ("pandas", "pyarrow", "lightgbm") if name in sys.modules]
print(json.dumps([score.run(sys.argv[1]), heavy]))
"""
SMALL = ("--trees", "20", "--leaves", "15", "--threads", "1")


@pytest.fixture(scope="module")
def bare_copy(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `src/` in a folder of its own."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    return shutil.copytree(repository / "src", tmp_path_factory.mktemp("bare_copy") / "src", ignore=ignored)


def run(scripts: Path, script: str, *arguments: str | Path, folder: Path, **variables: str) -> str:
    """Run a script in `folder`, where every warning is an error, and return what it prints."""
    command = [sys.executable, "-s", "-W", "error", scripts / script, *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def chain(scripts: Path, sample: Path, folder: Path) -> Path:
    """Prepare, train, evaluate and score in `folder`, with paths that are relative to it."""
    run(scripts, "prepare.py", "--data", sample, "--output", "prepared", folder=folder)
    run(scripts, "train.py", "--data", "prepared", "--output", "model", *SMALL, folder=folder)
    given = ("--data", "prepared", "--model", "model", "--champion", "model", "--output", "report")
    run(scripts, "evaluate.py", *given, "--resamples", "50", folder=folder)
    test_part = folder / "prepared" / "test.parquet"
    pq.write_table(pq.read_table(test_part).drop_columns("late"), folder / "flights.parquet")
    files = ("--data", "flights.parquet", "--model", "model", "--output", "scores.parquet")
    run(scripts, "batch_score.py", *files, "--threads", "1", folder=folder)
    return folder


@pytest.fixture(scope="module")
def alone(bare_copy: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the bare copy puts out."""
    return chain(bare_copy, sample, tmp_path_factory.mktemp("alone"))


def test_a_bare_copy_puts_out_the_same_bytes_as_the_repository(
    alone: Path, repository: Path, sample: Path, tmp_path: Path
) -> None:
    chain(repository / "src", sample, tmp_path)
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(alone) for path in alone.rglob("*") if path.is_file())
    assert {Path("model", "model.onnx"), Path("report", "metrics.json"), Path("scores.parquet")} <= set(names)
    for name in names:
        assert (alone / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_serving_from_a_bare_copy_imports_no_data_frames(alone: Path, bare_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    scored = pq.read_table(alone / "scores.parquet")["probability"].slice(0, 5).to_pylist()
    records = pq.read_table(alone / "flights.parquet").slice(0, 5).to_pylist()
    features = json.loads((alone / "model" / "features.json").read_text(encoding="utf-8"))["features"]
    request = json.dumps({"data": [{each["name"]: record[each["name"]] for each in features} for record in records]})
    variables = {"AZUREML_MODEL_DIR": str(alone / "model"), "PYTHONPATH": str(bare_copy)}
    printed = run(tmp_path, "server.py", request, folder=tmp_path, **variables)
    assert json.loads(printed) == [{"probabilities": pytest.approx(scored)}, []]
