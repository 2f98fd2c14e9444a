"""Every task through the real scripts, on a small table of a use case that is no package: train, evaluate, score."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batch_score
import compare
import evaluate
import explain
import profile_data
import score
import train
from learning import importance, quality
from learning.errors import InputError
from learning.features import encode
from learning.files import read_columns, read_json, write_json
from learning.metrics import metrics_of
from learning.scoring import Scorer
from learning.tasks import TASKS
from learning.use_cases import UseCase

ROWS = 600
SMALL = ["--trees", "10", "--leaves", "7", "--threads", "1"]
FEATURES: Any = {"income[USD]": "number", "a:b": "category", "is it": "category", "Größe": "category", "age": "number"}
WORDS = {"binary": "happy", "multiclass": "mood", "regression": "rent"}


def use_case(task: str) -> UseCase:
    return UseCase(
        name="toy",
        task=task,
        event=WORDS[task],
        rows="people",
        sliced_by=("is it",),
        time="",
        group="",
        together="",
        predicted_at="at birth",
        raw_columns={"toy": ["id"]},
        outcome_columns={},
        keys=("id",),
        features=FEATURES,
        target=f"{task} target",
        add_preparation=lambda add: None,
    )


def table(seed: int) -> pa.Table:
    """Categories of integers, with nulls, of booleans and of text; names with all that names may hold."""
    generator = np.random.default_rng(seed)
    income, code = generator.normal(5, 1, ROWS), generator.integers(1, 7, ROWS)
    flag = generator.random(ROWS) < 0.5
    signal = income - 5 + code / 3 - 1 + flag + generator.normal(size=ROWS) / 3
    return pa.table(
        {
            "id": np.arange(ROWS),
            "income[USD]": income,
            "a:b": pa.array([None if row % 9 == 0 else int(each) for row, each in enumerate(code)]),
            "is it": flag,
            "Größe": generator.choice(["klein", "groß"], ROWS),
            "age": np.where(np.arange(ROWS) % 5, generator.normal(size=ROWS), np.nan),
            "binary target": (signal > 0.5).astype(np.int8),
            "multiclass target": np.array(["sad", "so so", "glad"])[np.digitize(signal, [0, 1])],
            "regression target": 1e6 + 100 * signal,
        }
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for seed, part in enumerate(("train", "test")):
        pq.write_table(table(seed), folder / f"{part}.parquet")
    return folder


def trained(task: str, data: Path, output: Path, *more: str) -> Path:
    case = use_case(task)
    given = ["--data", str(data), "--output", str(output), *SMALL, *more]
    train.run(case, train.parser(case).parse_args(given))
    return output


@pytest.fixture(scope="module")
def models(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {task: trained(task, data, tmp_path_factory.mktemp(task)) for task in TASKS}


def evaluated(task: str, data: Path, model: Path, *more: str) -> dict[str, Any]:
    """What metrics.json would hold; nothing is drawn."""
    case = use_case(task)
    given = ["--data", str(data), "--model", str(model), "--output", "none", "--resamples", "30", *more]
    return evaluate.assess(case, evaluate.parser(case).parse_args(given)).summary


every_task = pytest.mark.parametrize("task", TASKS)


@every_task
def test_the_evaluation_has_the_metrics_baselines_plots_and_words_of_the_task(
    task: str, data: Path, models: dict[str, Path], tmp_path: Path
) -> None:
    from learning.plots import PLOTS  # with matplotlib, which not every process that reads this file needs

    case = use_case(task)
    given = ["--data", str(data), "--model", str(models[task]), "--output", str(tmp_path)]
    evaluate.run(case, evaluate.parser(case).parse_args(given))
    found = read_json(tmp_path / "metrics.json")
    assert (found["task"], found["event"], found["rows_are"], found["predicted_at"]) == (
        task,
        WORDS[task],
        "people",
        "at birth",
    )
    assert found["metrics"].keys() == metrics_of(task).keys() == found["baselines"]["linear"].keys()
    assert {path.name for path in tmp_path.glob("*.png")} == set(PLOTS[task])
    assert [row["value"] for row in found["slices"]["is it"]] == ["false", "true"]
    name = TASKS[task].metric
    better = metrics_of(task)[name].higher_is_better
    for each in (found["metrics"], found["baselines"]["linear"]):
        assert (each[name] > found["baselines"]["constant"][name]) == better


@every_task
def test_the_champion_is_compared_by_the_metric_of_the_task(
    task: str, data: Path, models: dict[str, Path], tmp_path: Path
) -> None:
    poor = trained(task, data, tmp_path / "poor", "--trees", "1", "--leaves", "2", "--learning-rate", "0.01")
    found = evaluated(task, data, models[task], "--champion", str(poor))
    assert found["comparison"]["metric"] == TASKS[task].metric
    assert 0 < found["comparison"]["lower"] <= found["comparison"]["difference"] <= found["comparison"]["upper"]
    assert found["champion"]["metrics"].keys() == found["metrics"].keys()


@every_task
def test_the_model_of_another_task_is_neither_candidate_nor_champion(
    task: str, data: Path, models: dict[str, Path]
) -> None:
    other = models["regression" if task == "binary" else "binary"]
    with pytest.raises(InputError, match=rf"and the use case's is {task}: train again"):
        evaluated(task, data, other)
    comparison = evaluated(task, data, models[task], "--champion", str(other))["comparison"]
    assert "the champion is of the task" in comparison["impossible"]


@pytest.mark.parametrize(("task", "metric"), [("binary", "mae"), ("multiclass", "r2"), ("regression", "roc_auc")])
def test_a_metric_of_another_task_is_refused_by_name(
    task: str, metric: str, data: Path, models: dict[str, Path]
) -> None:
    with pytest.raises(InputError, match=rf"--metric {metric} is not for the task {task}: choose one of "):
        evaluated(task, data, models[task], "--metric", metric)


def test_a_champion_of_other_classes_is_not_compared(data: Path, models: dict[str, Path], tmp_path: Path) -> None:
    two = pq.read_table(data / "train.parquet")
    two = two.filter(pa.compute.not_equal(two["multiclass target"], "sad"))
    (tmp_path / "two").mkdir()
    pq.write_table(two, tmp_path / "two" / "train.parquet")
    champion = trained("multiclass", tmp_path / "two", tmp_path / "champion")
    found = evaluated("multiclass", data, models["multiclass"], "--champion", str(champion))
    reason = "the champion knows the classes glad, so so, this model glad, sad, so so"
    assert found["comparison"] == {"metric": "log_loss", "impossible": reason}
    with pytest.raises(InputError, match="holds sad, which the training part does not"):
        evaluated("multiclass", data, champion)


@every_task
@pytest.mark.parametrize("model", ["hist_gradient_boosting", "linear"])
def test_another_model_goes_the_same_way(task: str, model: str, data: Path, tmp_path: Path) -> None:
    found = evaluated(task, data, trained(task, data, tmp_path / "model", "--model", model))
    name = TASKS[task].metric
    gain = found["metrics"][name] - found["baselines"]["constant"][name]
    assert (gain > 0) == metrics_of(task)[name].higher_is_better


def test_a_linear_model_says_which_settings_it_cannot_heed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained("binary", data, tmp_path / "model", "--model", "linear")
    assert "(trees, leaves, learning_rate, min_rows_per_leaf have no effect)" in capsys.readouterr().out
    assert "leaves" in read_json(tmp_path / "model" / "metrics.json")["settings_without_effect"]


@pytest.fixture
def records(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(data / "test.parquet", columns=list(FEATURES)).slice(0, 20).to_pylist()
    return [{name: None if value != value else value for name, value in record.items()} for record in found]


@pytest.fixture
def ask(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Ask the service of a task about records; without what names the model and the request."""

    def run(task: str, *records: dict[str, Any]) -> dict[str, Any]:
        monkeypatch.setenv("AZUREML_MODEL_DIR", str(models[task]))
        score.init()
        answer = json.loads(json.dumps(score.run(json.dumps({"data": records}))))
        return {name: each for name, each in answer.items() if name not in ("model_version", "request_id")}

    return run


def in_batch(model: Path, data: Path, output: Path) -> tuple[pa.Table, dict[str, Any]]:
    given = [
        "--data",
        str(data / "test.parquet"),
        "--model",
        str(model),
        "--output",
        str(output),
        "--batch-rows",
        "250",
    ]
    assert batch_score.main(given) == 0
    scores = pq.read_table(output / "part-00000.parquet")
    return scores.drop_columns("model_version"), read_json(output / "metrics.json")


def test_the_answers_and_the_batch_of_a_binary_model_are_probabilities(
    ask: Callable[..., dict[str, Any]], records: list[Any], models: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    scores, metrics = in_batch(models["binary"], data, tmp_path / "scores")
    assert scores.column_names == ["id", "probability"]
    assert ask("binary", *records) == {"probabilities": scores["probability"].to_pylist()[:20]}
    assert metrics["rows"] == ROWS


def test_the_answers_and_the_batch_of_a_regression_are_predictions(
    ask: Callable[..., dict[str, Any]], records: list[Any], models: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    scores, metrics = in_batch(models["regression"], data, tmp_path / "scores")
    predictions = scores["prediction"].to_numpy()
    assert (scores.column_names, scores.schema.field("prediction").type) == (["id", "prediction"], pa.float64())
    assert ask("regression", *records) == {"predictions": predictions[:20].tolist()}
    assert metrics == {
        "rows": ROWS,
        "rejected": 0,
        "mean_prediction": pytest.approx(predictions.mean()),
        "least": predictions.min(),
        "greatest": predictions.max(),
    }


def test_the_answers_and_the_batch_of_classes_are_the_likeliest_and_the_probability_of_each(
    ask: Callable[..., dict[str, Any]], records: list[Any], models: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    scores, metrics = in_batch(models["multiclass"], data, tmp_path / "scores")
    answer = ask("multiclass", *records)
    classes = ["glad", "sad", "so so"]
    assert scores.column_names == ["id", "prediction", *(f"probability_{name}" for name in classes)]
    assert answer["predictions"] == scores["prediction"].to_pylist()[:20]
    for name in classes:
        assert [each[name] for each in answer["probabilities"]] == scores[f"probability_{name}"].to_pylist()[:20]
    assert [max(each, key=lambda name: each[name]) for each in answer["probabilities"]] == answer["predictions"]
    assert sum(metrics["predicted_share"].values()) == pytest.approx(1)
    assert sum(metrics["mean_probability"].values()) == pytest.approx(1)


@every_task
def test_no_rows_give_no_scores_and_no_means(task: str, data: Path, models: dict[str, Path], tmp_path: Path) -> None:
    empty = shutil.copytree(data, tmp_path / "empty")
    pq.write_table(table(1).slice(0, 0), empty / "test.parquet")
    scores, metrics = in_batch(models[task], empty, tmp_path / "scores")
    assert (scores.num_rows, metrics["rows"]) == (0, 0)
    for said in [*metrics.values()][2:]:
        assert set(said.values() if task == "multiclass" else [said]) == {None}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"a:b": 3}, {"a:b": "3"}),
        ({"a:b": 3.0}, {"a:b": 3}),
        ({"is it": True}, {"is it": "true"}),
        ({"a:b": None}, {"a:b": 99}),
    ],
    ids=["integer", "float", "boolean", "unknown"],
)
def test_a_category_may_be_sent_as_it_was_in_training_or_as_text(
    ask: Callable[..., dict[str, Any]], records: list[Any], change: dict[str, Any], same: dict[str, Any]
) -> None:
    first, second = ask("binary", records[1] | change, records[1] | same)["probabilities"]
    assert first == second


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a:b": True}, "data[0]: a:b must be a finite number or null"),
        ({"is it": 1}, "data[0]: is it must be true, false or null"),
        ({"Größe": 1}, "data[0]: Größe must be a string or null"),
    ],
)
def test_a_category_of_another_kind_is_named(
    ask: Callable[..., dict[str, Any]], records: list[Any], change: dict[str, Any], message: str
) -> None:
    assert ask("binary", records[1] | change) == {"error": message}


def test_a_key_with_the_name_of_an_output_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = replace(use_case("regression"), keys=("prediction",))
    given = ["--data", str(data), "--output", str(tmp_path / "model"), *SMALL]
    train.run(case, train.parser(case).parse_args(given))
    renamed = pq.read_table(data / "test.parquet").rename_columns({"id": "prediction"})
    pq.write_table(renamed, tmp_path / "renamed.parquet")
    given = ["--data", str(tmp_path / "renamed.parquet"), "--model", str(tmp_path / "model")]
    assert batch_score.main([*given, "--output", str(tmp_path / "scores")]) == 1
    assert "the key prediction has the name of a column of the output" in capsys.readouterr().err


@pytest.mark.parametrize("task", TASKS)
def test_the_rows_of_every_task_are_described_for_monitoring(
    data: Path, models: dict[str, Path], tmp_path: Path, task: str
) -> None:
    case = use_case(task)
    given = ["--data", str(data), "--model", str(models[task]), "--output", str(tmp_path / "profile"), "--threads", "1"]
    profile_data.run(case, profile_data.parser(case).parse_args(given))
    found = read_json(tmp_path / "profile" / "profile.json")
    rows = sum(found["sums"]["rows"])
    assert np.sum(found["sums"]["errors"], axis=0)[0] == rows  # every outcome is known
    assert {np.sum(found["sums"][f"bins/{name}"]) for name in FEATURES} == {rows}
    assert len(found["blocks"]) == 30


@pytest.mark.parametrize("task", TASKS)
def test_the_predictions_of_every_task_are_explained_in_their_own_unit(
    data: Path, models: dict[str, Path], tmp_path: Path, task: str
) -> None:
    rows = pq.read_table(data / "test.parquet").slice(10, 3)
    pq.write_table(rows, tmp_path / "rows.parquet")
    scorer = Scorer.load(models[task])
    write_json(tmp_path / "background.json", importance.background(encode(columns_of(data, scorer), scorer.features)))
    given = ["--rows", tmp_path / "rows.parquet", "--model", models[task], "--output", tmp_path / "out"]
    assert explain.main([*map(str, given), "--background", str(tmp_path / "background.json")]) == 0
    scores = scorer.predict({name: rows[name].to_pylist() for name in scorer.columns})
    for row, score_of_row in zip(read_json(tmp_path / "out" / "explanations.json")["rows"], scores, strict=True):
        assert row["prediction"] == pytest.approx(float(np.max(score_of_row)), rel=1e-5)
        assert ("class" in row) == (task == "multiclass")
        moves = sum(each["contribution"] for each in row["contributions"])
        assert moves == pytest.approx(row["prediction"] - row["average"], abs=1e-3)


def columns_of(data: Path, scorer: Scorer) -> dict[str, Any]:
    return read_columns(data / "test.parquet", scorer.columns)


@pytest.mark.parametrize("task", TASKS)
def test_two_runs_of_every_task_are_compared_in_every_metric(
    data: Path, models: dict[str, Path], tmp_path: Path, task: str
) -> None:
    given = ["--first-model", models[task], "--second-model", models[task], "--first-data", data, "--second-data", data]
    more = ["--target", f"{task} target", "--metric", TASKS[task].metric, "--slices", "is it", "--resamples", "20"]
    assert compare.main([*map(str, given), *more, "--output", str(tmp_path / "out")]) == 0
    found = read_json(tmp_path / "out" / "compared.json")
    assert found["metrics"].keys() == metrics_of(task).keys()
    assert {row["gain"]["difference"] for row in found["slices"]["is it"] if row["gain"]} == {0.0}


@pytest.mark.parametrize("task", TASKS)
def test_the_evaluation_of_every_task_says_how_sure_it_is_and_which_features_count(
    data: Path, models: dict[str, Path], task: str
) -> None:
    case = use_case(task)
    given = ["--data", str(data), "--model", str(models[task]), "--output", "none", "--fairness", "is it"]
    found = evaluate.assess(case, evaluate.parser(case).parse_args(given)).others[quality.FILE]
    assert found["intervals"]["metrics"].keys() == metrics_of(task).keys()
    assert found["intervals"]["over_baselines"].keys() == {"constant", "linear"}
    assert {each["feature"] for each in found["importance"]["features"]} == {*FEATURES}
    assert ("thresholds" in found) == (task == "binary")
    measured = [row["measures"] for row in found["fairness"]["columns"]["is it"] if row["measures"]]
    assert all(TASKS[task].metric in each for each in measured)


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_costs_of_alarms_are_refused_where_there_are_none(data: Path, models: dict[str, Path], task: str) -> None:
    case = use_case(task)
    given = ["--data", str(data), "--model", str(models[task]), "--output", "none", "--missed-cost", "2"]
    with pytest.raises(InputError, match=f"are of binary models, and this one is {task}: set 0"):
        evaluate.assess(case, evaluate.parser(case).parse_args(given))
