"""The hashes that travel with files find what is missing or changed, and say what to do."""

import hashlib
import re
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.file_hashes import HASHES, hash_model, require_signed, require_undamaged, sign
from operation.execution.values import ModelVersion

REMEDY = (
    "Restore the files of delays version 3, or make another version the champion: "
    "invoke promote --version N --use-case wine."
)


def command(words: str) -> str:
    return f"invoke {words} --use-case wine"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "model.onnx").write_bytes(b"model")
    (tmp_path / "evaluation" / "metrics.json").write_text("{}")
    return tmp_path


@pytest.fixture
def signed(folder: Path) -> ModelVersion:
    return ModelVersion("delays", 3, "a run", sign(folder))


def test_a_signed_version_as_it_was_registered_passes(folder: Path, signed: ModelVersion) -> None:
    require_signed(folder, signed, command)
    assert require_undamaged(folder, "") == {
        "evaluation/metrics.json": hashlib.sha256(b"{}").hexdigest(),
        "model.onnx": hashlib.sha256(b"model").hexdigest(),
    }


def test_signing_twice_signs_the_same(folder: Path, signed: ModelVersion) -> None:
    assert sign(folder) == signed.tags


def test_a_version_that_was_registered_without_hashes_passes(folder: Path) -> None:
    require_signed(folder, ModelVersion("delays", 3, "a run"), command)


@pytest.mark.parametrize("damage", ["changed", "lost"])
def test_hashes_other_than_those_signed_are_refused(damage: str, folder: Path, signed: ModelVersion) -> None:
    (folder / HASHES).write_text("{}") if damage == "changed" else (folder / HASHES).unlink()
    message = f"{folder / HASHES} is damaged: its SHA-256 is not the one in the tags. {REMEDY}"
    with pytest.raises(OperationError, match=f"^{re.escape(message)}$"):
        require_signed(folder, signed, command)


def test_a_changed_file_is_refused_though_the_hashes_are_those_signed(folder: Path, signed: ModelVersion) -> None:
    (folder / "model.onnx").write_bytes(b"nodel")
    message = f"{folder / 'model.onnx'} is damaged: its SHA-256 is not the one in {HASHES}. {REMEDY}"
    with pytest.raises(OperationError, match=f"^{re.escape(message)}$"):
        require_signed(folder, signed, command)


def test_a_lost_file_is_named_with_the_remedy(folder: Path, signed: ModelVersion) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(OperationError, match=rf"{re.escape(str(folder))}.model\.onnx is missing\. Do this$"):
        require_undamaged(folder, "Do this")


def test_hashes_that_cannot_be_read_come_with_the_remedy(folder: Path) -> None:
    (folder / HASHES).write_text("{")
    with pytest.raises(OperationError, match=r"is damaged: .*\. Do this$"):
        require_undamaged(folder, "Do this")


def test_a_model_is_what_its_scores_depend_on() -> None:
    hashes = {"model.onnx": "a", "features.json": "b", "plot.png": "c"}
    assert hash_model(hashes) == hashlib.sha256(b"ab").hexdigest()
