"""serve.py: what it refuses to start with, in one line."""

import re
from pathlib import Path

import pytest

import serve
from learning.files import write_json


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line on stderr of a start that is refused."""
    assert serve.main([*words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("key", ["", " ", "clé", "a\nb", "a "])
def test_a_key_that_is_none_is_refused_and_not_repeated(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SCORING_KEY", key)
    expected = "error: SCORING_KEY must be printable ASCII characters with no spaces around them, or be unset"
    assert refusal(capsys, "--model", str(model)) == expected


def test_a_feature_to_log_that_the_model_has_not_is_named(
    model: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = refusal(capsys, "--model", str(model), "--request-log", str(tmp_path), "--log-features", "colour")
    assert line.startswith("error: the request log must hold features of the model, not colour; they are courier, ")


def test_a_log_that_cannot_be_written_is_named(model: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    assert re.fullmatch(
        r"error: .*File exists: .*log.*", refusal(capsys, "--model", str(model), "--request-log", str(tmp_path / "log"))
    )


@pytest.mark.parametrize("words", [["--log-share", "0.5"], ["--log-days", "7"], ["--log-features", "temp"]])
def test_what_is_to_be_logged_needs_a_log(model: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert "need --request-log FOLDER" in refusal(capsys, "--model", str(model), *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--queue", "0"], "argument --queue: must be at least 1, not 0"),
        (["--deadline-seconds", "0"], "argument --deadline-seconds: must be above 0, not 0.0"),
        (["--port", "65536"], "argument --port: must be at most 65535, not 65536"),
        (["--log-share", "1.1"], "argument --log-share: must be at most 1, not 1.1"),
    ],
)
def test_an_argument_out_of_its_bounds_is_named(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        serve.main(["--model", "model", *words])
    assert ended.value.code == 1
    assert message in capsys.readouterr().err


def test_a_folder_without_a_model_and_a_damaged_one_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "features.json does not exist" in refusal(capsys, "--model", str(tmp_path))
    write_json(tmp_path / "features.json", {"features": [{"name": "temp", "kind": "number"}]})
    (tmp_path / "model.onnx").write_bytes(b"half of it")
    assert "model.onnx cannot be read" in refusal(capsys, "--model", str(tmp_path))
