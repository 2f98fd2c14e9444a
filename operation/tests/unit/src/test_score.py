"""score.py: what the inference server calls."""

import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

import score
from learning.errors import InputError
from learning.files import read_columns
from learning.scoring import Scorer

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def _served(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(model))
    monkeypatch.setattr(score, "_service", None)
    score.init()


@pytest.fixture(scope="module")
def records(prepared: Path, model: Path) -> list[Record]:
    """The features of a few parcels, as a client sends them."""
    columns = Scorer.load(model).columns
    found: list[Record] = pq.read_table(prepared / "test.parquet", columns=columns).slice(0, 50).to_pylist()
    return found


def ask(*records: Any) -> dict[str, Any]:
    answer: dict[str, Any] = score.run(json.dumps({"data": records}))
    return answer


def test_the_answer_has_the_probability_of_every_record_as_scored_in_a_batch(
    records: list[Record], prepared: Path, model: Path
) -> None:
    scorer = Scorer.load(model)
    expected = scorer.predict(read_columns(prepared / "test.parquet", scorer.columns))[:50].tolist()
    assert ask(*records)["probabilities"] == expected
    assert [ask(record)["probabilities"][0] for record in records] == expected


def test_the_answer_can_be_sent_as_json(records: list[Record]) -> None:
    answer = ask(records[0])
    assert json.loads(json.dumps(answer)) == answer


def test_no_records_give_no_probabilities() -> None:
    assert ask()["probabilities"] == []


@pytest.mark.parametrize("unknown", [None, float("nan")], ids=["null", "NaN"])
def test_an_unknown_number_is_allowed(records: list[Record], unknown: float | None) -> None:
    (probability,) = ask(records[0] | {"temp": unknown})["probabilities"]
    assert 0 < probability < 1


@pytest.mark.parametrize("courier", [None, "ZZ"], ids=["null", "never seen"])
def test_an_unknown_category_is_allowed(records: list[Record], courier: str | None) -> None:
    (probability,) = ask(records[0] | {"courier": courier})["probabilities"]
    assert 0 < probability < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temp": "39"}, "data[1]: temp must be a finite number or null"),
        ({"temp": True}, "data[1]: temp must be a finite number or null"),
        ({"temp": [39]}, "data[1]: temp must be a finite number or null"),
        ({"temp": float("inf")}, "data[1]: temp must be a finite number or null"),
        ({"temp": 10**400}, "data[1]: temp must be a finite number or null"),
        ({"courier": 9}, "data[1]: courier must be a string or null"),
        ({"courer": "AA"}, "data[1]: courer is unknown; the features are "),
    ],
    ids=["string", "boolean", "list", "infinity", "beyond float", "number for category", "misspelt"],
)
def test_a_wrong_value_is_named_and_no_record_is_answered(records: list[Record], change: Record, message: str) -> None:
    answer = ask(records[0], records[1] | change)
    assert list(answer) == ["error", "request_id"]
    assert answer["error"].startswith(message)


def test_a_missing_feature_is_named_with_the_valid_ones(records: list[Record]) -> None:
    error = ask({name: value for name, value in records[0].items() if name != "rain"})["error"]
    assert error.startswith("data[0]: rain is missing; the features are courier, distance, ")


@pytest.mark.parametrize(
    "request_text",
    ["", "{", "[" * 100_000, "[]", "null", "{}", '{"data": {}}', '{"data": [], "more": 1}', '{"data": [1]}', b"\xff"],
    ids=["empty", "cut off", "deep", "list", "null", "no data", "object", "more", "no object", "no text"],
)
def test_a_request_of_another_form_is_an_error_and_no_exception(request_text: str | bytes) -> None:
    assert list(score.run(request_text)) == ["error", "request_id"]


def test_the_model_is_found_below_the_folder(
    records: list[Record], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ask(*records)["probabilities"]
    shutil.copytree(model, tmp_path / "parcel-delays" / "3")
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    score.init()
    assert ask(*records)["probabilities"] == before


@pytest.mark.parametrize("bit", [0, 7, 20_003], ids=["first", "byte", "middle"])
@pytest.mark.parametrize("name", ["model.onnx", "features.json"])
def test_a_model_with_one_bit_flipped_is_refused_by_name(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bit: int
) -> None:
    damaged = shutil.copytree(model, tmp_path / "model") / name
    content = bytearray(damaged.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    damaged.write_bytes(content)
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    with pytest.raises(InputError, match=rf"{name} is damaged: its SHA-256 is not the one in sha256\.json"):
        score.init()


@pytest.mark.parametrize("copies", [0, 2])
def test_a_folder_with_no_model_or_with_several_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copies: int
) -> None:
    for copy in range(copies):
        shutil.copytree(model, tmp_path / str(copy))
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    with pytest.raises(InputError, match=f"must hold one model.onnx, and .* holds {copies}"):
        score.init()


def test_without_the_folder_of_the_model_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZUREML_MODEL_DIR")
    with pytest.raises(InputError, match="AZUREML_MODEL_DIR is not set"):
        score.init()


def test_a_request_before_the_model_is_loaded_is_a_fault_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "_service", None)
    with pytest.raises(RuntimeError, match=r"before init\(\)"):
        score.run('{"data": []}')


def test_an_answer_names_the_version_of_the_model_and_the_request(records: list[Record]) -> None:
    answer = ask(records[0])
    assert answer["model_version"] == "unknown"
    assert re.fullmatch("[0-9a-f]{32}", answer["request_id"])


def test_the_version_is_that_of_the_folder_in_azure_ml(
    records: list[Record], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "azureml-models" / "parcel-delays" / "7"
    shutil.copytree(model, folder / "model")
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(folder))
    score.init()
    assert ask(records[0])["model_version"] == "7"


def test_a_variable_names_the_version_where_no_path_does(
    records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_VERSION", "12")
    score.init()
    assert ask(records[0])["model_version"] == "12"


def test_settings_limit_the_rows(records: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING_SETTINGS", '{"most_rows": 2}')
    score.init()
    assert "probabilities" in ask(*records[:2])
    assert ask(*records[:3])["error"] == "data has 3 records, and a request may have 2: send several"


@pytest.mark.parametrize(
    "text",
    [
        *('{"most_row": 2}', '{"most_rows": "2"}', '{"most_rows": 0}', "[]", "", '{"log_share": 2}', '{"log_days": 7}'),
        '{"log_features": ["temp"]}',
        '{"log_features": ["colour"], "request_log": "log"}',
    ],
)
def test_wrong_settings_stop_the_start_by_name(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING_SETTINGS", text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"SERVING_SETTINGS must (be JSON|have request_log)|not colour; they are "):
        score.init()


def test_the_deadline_of_the_server_is_not_taken_for_a_wrong_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(_bytes: int) -> bytes:
        raise TimeoutError  # as the alarm of the server does, in the middle of whatever run() waits for

    monkeypatch.setitem(sys.modules, "flask", SimpleNamespace(g={}))
    environ = {"REQUEST_METHOD": "POST", "wsgi.input_terminated": True, "wsgi.input": SimpleNamespace(read=wait)}
    with pytest.raises(TimeoutError):
        score.run(SimpleNamespace(environ=environ))


def test_requests_are_logged_where_the_settings_say(
    records: list[Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"request_log": str(tmp_path / "log"), "log_features": ["temp"]}
    monkeypatch.setenv("SERVING_SETTINGS", json.dumps(settings))
    score.init()
    answer = ask(*records[:2])
    assert score._service is not None
    assert score._service.log is not None
    score._service.log.close()
    (file,) = (tmp_path / "log").iterdir()
    entry = json.loads(file.read_text())
    assert entry["features"] == {"temp": [record["temp"] for record in records[:2]]}
    assert (entry["id"], entry["probabilities"]) == (answer["request_id"], answer["probabilities"])
