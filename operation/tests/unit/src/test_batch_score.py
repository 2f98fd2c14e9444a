"""batch_score.py on a small sample."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from parcels.schema import FEATURES, KEYS

import batch_score
from learning import parts
from learning.features import Feature
from learning.features import encode as encode_columns
from learning.files import read_columns, read_json, sha256
from learning.scored_tables import encode, group_alike
from learning.scoring import Scorer

MODEL_FILES = ["model.onnx", "features.json"]


def score(data: Path, model: Path, output: Path, *more: str) -> int:
    return batch_score.main(["--data", str(data), "--model", str(model), "--output", str(output), *more])


def written(output: Path) -> dict[str, bytes]:
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def scores_of(output: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(file) for file in sorted(output.glob("part-*.parquet")))


def test_equal_rows_have_equal_features_whether_they_train_or_are_scored(prepared: Path, unlabelled: Path) -> None:
    labelled = pa.concat_tables(pq.read_table(prepared / f"{part}.parquet") for part in ("train", "test"))
    scored = pq.read_table(unlabelled)
    assert (scored.num_rows, "overdue" in scored.column_names) == (8000, False)
    columns, keys = [*KEYS, *FEATURES], set(labelled["parcel"].to_pylist())
    known = scored.filter(pa.array([parcel in keys for parcel in scored["parcel"].to_pylist()]))
    assert 0 < labelled.num_rows < 8000
    assert known.select(columns).sort_by("parcel").equals(labelled.select(columns).sort_by("parcel"))


@pytest.mark.parametrize(("batch_rows", "part_rows"), [("100", "1"), ("100000", "1000000")])
def test_every_row_keeps_its_keys_and_its_place_whatever_the_batch(
    unlabelled: Path, model: Path, tmp_path: Path, batch_rows: str, part_rows: str
) -> None:
    given = ("--batch-rows", batch_rows, "--part-rows", part_rows, "--model-version", "7")
    assert score(unlabelled, model, tmp_path, *given) == 0
    scores, scorer = scores_of(tmp_path), Scorer.load(model, threads=1)
    assert scores.select(KEYS).equals(pq.read_table(unlabelled, columns=list(KEYS)))
    assert scores.schema.field("probability").type == pa.float32()
    expected = scorer.predict(read_columns(unlabelled, scorer.columns))
    np.testing.assert_array_equal(scores["probability"].to_numpy(), expected)
    assert scores["model_version"].unique().to_pylist() == ["7"]


def test_the_input_of_the_model_is_that_of_evaluation(unlabelled: Path, model: Path) -> None:
    scorer = Scorer.load(model)
    expected = encode_columns(read_columns(unlabelled, scorer.columns), scorer.features)
    dictionaries = pq.read_table(unlabelled, read_dictionary=["courier", "town"])
    for table in (pq.read_table(unlabelled), dictionaries):
        np.testing.assert_array_equal(encode(table, scorer.features), expected)


@pytest.mark.parametrize(
    ("categories", "order"),
    [((3, 2), [1, 3, 0, 2]), ((2, 3), [0, 2, 1, 3]), ((1, 2), [1, 3, 0, 2]), ((0, 0), [0, 1, 2, 3])],
    ids=["second", "first", "one category divides nothing", "numbers"],
)
def test_rows_of_a_category_are_scored_together_in_their_order(categories: tuple[int, int], order: list[int]) -> None:
    features = [
        Feature(f"column {place}", "category" if count else "number", tuple("abc"[:count]))
        for place, count in enumerate(categories)
    ]
    columns = [np.array(values, dtype=np.float32) for values in ([0, 1, 0, 2], [1, 0, 1, 0])]
    assert group_alike(columns, 4, features).tolist() == order


def keyed_by(name: str, model: Path, folder: Path) -> Path:
    """A copy of the model whose rows have this key."""
    keyed = Path(shutil.copytree(model, folder / "model"))
    (keyed / "sha256.json").unlink()
    document = json.loads((keyed / "features.json").read_text(encoding="utf-8"))
    (keyed / "features.json").write_text(json.dumps({**document, "keys": [name]}), encoding="utf-8")
    return keyed


@pytest.mark.parametrize("kind", [pa.timestamp("us", tz="Europe/Berlin"), pa.duration("s")], ids=str)
def test_a_key_keeps_the_type_that_parquet_alone_does_not_know(
    kind: pa.DataType, unlabelled: Path, model: Path, tmp_path: Path
) -> None:
    rows = pq.read_table(unlabelled)
    keys = pa.array(range(len(rows)), pa.int64()).cast(kind)
    pq.write_table(rows.append_column("scanned", keys), tmp_path / "rows.parquet")
    assert score(tmp_path / "rows.parquet", keyed_by("scanned", model, tmp_path), tmp_path / "scores") == 0
    assert scores_of(tmp_path / "scores")["scanned"].combine_chunks().equals(keys)


def test_a_text_that_is_read_as_a_dictionary_is_written_as_text(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    assert score(unlabelled, keyed_by("courier", model, tmp_path), tmp_path / "scores") == 0
    scores = scores_of(tmp_path / "scores")
    assert scores.schema.types == [pa.string(), pa.float32(), pa.string()]
    assert scores["courier"].equals(pq.read_table(unlabelled, columns=["courier"])["courier"].drop_null())


def test_a_batch_is_no_larger_than_asked(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    assert score(unlabelled, model, tmp_path, "--batch-rows", "100") == 0
    metadata = pq.read_metadata(tmp_path / "part-00000.parquet")
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert (max(sizes), sum(sizes)) == (100, 8000)


def test_the_manifest_says_where_the_scores_come_from_and_what_each_file_holds(
    unlabelled: Path, model: Path, tmp_path: Path
) -> None:
    origin = {"model_version": "7", "data_sha256": "d" * 64, "git_commit": "c" * 40}
    words = [word for name, value in origin.items() for word in (f"--{name.replace('_', '-')}", value)]
    assert score(unlabelled, model, tmp_path, "--part-rows", "5000", *words) == 0
    manifest, probability = read_json(tmp_path / "manifest.json"), scores_of(tmp_path)["probability"].to_numpy()
    assert manifest.items() >= {**origin, "rows": 8000, "rejected": 0, "keys": list(KEYS)}.items()
    assert manifest["mean_probability"] == pytest.approx(probability.mean(dtype=np.float64))
    assert manifest["share_over_half"] == (probability > 0.5).mean()
    for part in manifest["parts"]:
        file = tmp_path / part["file"]
        assert (pq.read_metadata(file).num_rows, sha256(file)) == (part["rows"], part["sha256"])
        assert pq.read_schema(file).metadata[b"data_sha256"] == b"d" * 64


def test_rows_that_cannot_be_scored_go_to_a_file_of_their_own_with_the_reason(
    unlabelled: Path, model: Path, tmp_path: Path
) -> None:
    rows = pq.read_table(unlabelled).to_pydict()
    rows["sent_at"][3], rows["weight"][2001], rows["temp"][2002], rows["weight"][2003] = None, 1e39, -np.inf, np.nan
    pq.write_table(pa.table(rows), tmp_path / "odd.parquet", row_group_size=1000)
    output = tmp_path / "scores"
    assert score(tmp_path / "odd.parquet", model, output, "--part-rows", "1", "--batch-rows", "700") == 0
    rejected = pq.read_table(output / "rejected.parquet").to_pylist()
    assert [(row["parcel"], row["row"], row["file"], row["reason"]) for row in rejected] == [
        (rows["parcel"][3], 3, "odd.parquet", "the key sent_at has no value"),
        (rows["parcel"][2001], 2001, "odd.parquet", "weight must be a finite number that float32 holds"),
        (rows["parcel"][2002], 2002, "odd.parquet", "temp must be a finite number that float32 holds"),
    ]
    scored = scores_of(output)["parcel"].to_pylist()
    assert scored == [parcel for row, parcel in enumerate(rows["parcel"]) if row not in (3, 2001, 2002)]


@pytest.fixture
def scored_parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the parts that are really scored, as they come."""
    names: list[str] = []

    def note(part: parts.Part, *rest: object) -> object:
        names.append(part.name)
        return inner(part, *rest)

    inner: Callable[..., object] = parts._score
    monkeypatch.setattr(parts, "_score", note)
    return names


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: (file.parent / ".done" / f"{file.name}.json").unlink(),
    ],
    ids=["missing", "cut off", "killed before its note"],
)
def test_the_same_command_scores_again_only_what_is_not_there_whole(
    unlabelled: Path, model: Path, tmp_path: Path, scored_parts: list[str], harm: Callable[[Path], object]
) -> None:
    assert score(unlabelled, model, tmp_path, "--part-rows", "2000") == 0
    before = written(tmp_path)
    assert scored_parts == [f"part-0000{number}.parquet" for number in range(4)]
    scored_parts.clear()
    harm(tmp_path / "part-00002.parquet")
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "part-00003.parquet.partial").write_bytes(b"half")
    assert score(unlabelled, model, tmp_path, "--part-rows", "2000") == 0
    assert (scored_parts, written(tmp_path)) == (["part-00002.parquet"], before)


@pytest.mark.parametrize(
    ("done", "kept", "said"),
    [
        (600, 0, "600 of 1,000 rows, 300 a second, 1 s left"),
        (600, 500, "600 of 1,000 rows, 50 a second, 8 s left"),
        (500, 500, "500 of 1,000 rows, kept from an earlier command"),
        (0, 0, "0 of 1,000 rows"),
    ],
)
def test_what_an_earlier_command_scored_does_not_count_for_the_pace(done: int, kept: int, said: str) -> None:
    assert batch_score.progress(1000, done, kept, 2.0) == said


def test_a_command_given_again_says_what_it_keeps(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(unlabelled, model, tmp_path) == 0
    capsys.readouterr()
    assert score(unlabelled, model, tmp_path) == 0
    assert "8,000 of 8,000 rows, kept from an earlier command\n" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["rows", "model", "version"])
def test_other_rows_or_another_model_score_everything_again_and_leave_nothing_of_before(
    unlabelled: Path, model: Path, tmp_path: Path, scored_parts: list[str], change: str
) -> None:
    assert score(unlabelled, model, tmp_path / "scores", "--part-rows", "2000") == 0
    scored_parts.clear()
    data, other = tmp_path / "rows.parquet", tmp_path / "model"
    pq.write_table(pq.read_table(unlabelled).slice(0 if change != "rows" else 1), data, row_group_size=4000)
    shutil.copytree(model, other)
    if change == "model":
        document = json.loads((other / "features.json").read_text(encoding="utf-8"))
        (other / "features.json").write_text(json.dumps(document), encoding="utf-8")
        (other / "sha256.json").unlink()
    assert score(data, other, tmp_path / "scores", "--model-version", "2" if change == "version" else "") == 0
    assert sorted(path.name for path in (tmp_path / "scores").glob("part*")) == sorted(set(scored_parts))


def test_no_parcels_give_no_scores(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(unlabelled).slice(0, 0), empty)
    assert score(empty, model, tmp_path / "scores") == 0
    assert scores_of(tmp_path / "scores").column_names == [*KEYS, "probability", "model_version"]
    assert read_json(tmp_path / "scores" / "metrics.json")["mean_probability"] is None


def test_rows_without_keys_have_their_scores_in_their_order(unlabelled: Path, model: Path, tmp_path: Path) -> None:
    keyless = Path(shutil.copytree(model, tmp_path / "model"))
    (keyless / "sha256.json").unlink()
    document = json.loads((keyless / "features.json").read_text(encoding="utf-8"))
    (keyless / "features.json").write_text(json.dumps({**document, "keys": []}), encoding="utf-8")
    assert score(unlabelled, model, tmp_path / "named") == 0
    assert score(unlabelled, keyless, tmp_path / "scores") == 0
    scores = scores_of(tmp_path / "scores")
    assert scores.equals(scores_of(tmp_path / "named").select(["probability", "model_version"]))


@pytest.mark.parametrize("column", ["rain", "sent_date"])
def test_a_missing_column_is_one_line_and_leaves_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    data = tmp_path / "data.parquet"
    pq.write_table(pq.read_table(unlabelled).drop_columns(column), data)
    assert score(data, model, tmp_path / "scores") == 1
    error = capsys.readouterr().err
    assert f"data.parquet lacks the column {column}" in error
    assert (error.count("\n"), list(tmp_path.iterdir())) == (1, [data])


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_damaged_model_is_one_line_and_scores_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    damaged = shutil.copytree(model, tmp_path / "model") / name
    damaged.write_bytes(damaged.read_bytes() + b" ")
    assert score(unlabelled, tmp_path / "model", tmp_path / "scores") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{name} is damaged: its SHA-256 is not the one in sha256.json" in line
    assert not (tmp_path / "scores").exists()


@pytest.mark.parametrize("kept", [0.5, 0], ids=["truncated", "empty"])
def test_a_broken_file_is_one_line_and_leaves_the_former_scores(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: float
) -> None:
    output = tmp_path / "scores"
    assert score(unlabelled, model, output) == 0
    former, content = written(output), unlabelled.read_bytes()
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(content[: int(len(content) * kept)])
    assert score(broken, model, output) == 1
    error = capsys.readouterr().err
    assert (f"{broken} cannot be read as parquet" in error, error.count("\n")) == (True, 1)
    assert written(output) == former


def damage_the_middle(file: Path) -> bytearray:
    damaged = bytearray(file.read_bytes())
    middle = slice(len(damaged) // 2, len(damaged) * 2 // 3)
    damaged[middle] = bytes(middle.stop - middle.start)
    return damaged


def test_a_file_that_breaks_after_the_first_part_keeps_that_and_has_no_manifest(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, output = tmp_path / "data.parquet", tmp_path / "scores"
    data.write_bytes(damage_the_middle(unlabelled))
    assert score(data, model, output, "--part-rows", "1000") == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert (output / "part-00000.parquet").is_file()
    assert [path.name for path in output.iterdir() if "manifest" in path.name or "partial" in path.name] == []


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").touch()
    assert score(unlabelled, model, tmp_path) == 1
    assert "holds thesis.txt, which is not of an earlier scoring" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_rows_with_the_name_of_a_part_are_refused_as_output_and_left_as_they_are(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "part-00000.parquet"
    rows.write_bytes(content := unlabelled.read_bytes())
    assert score(rows, model, tmp_path) == 1
    assert "holds part-00000.parquet, which is not of an earlier scoring" in capsys.readouterr().err
    assert rows.read_bytes() == content


@pytest.mark.parametrize(
    ("output", "words"),
    [("rows/scores", "lies in the data"), ("rows", "lies in the data"), ("note", "is a file: choose a folder")],
)
def test_an_output_among_the_rows_or_a_file_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str, words: str
) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "note").touch()
    assert score(tmp_path / "rows", model, tmp_path / output) == 1
    assert words in capsys.readouterr().err
    assert not [*(tmp_path / "rows").iterdir()]


def test_a_full_disk_is_one_line_that_says_how_to_go_on(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "part-00000.parquet.partial").symlink_to("/dev/full")
    if not Path("/dev/full").exists():
        pytest.skip("there is no device that is always full")
    parts.load_scorer.cache_clear()
    assert score_onto_full_disk(unlabelled, model, tmp_path) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("What is scored is kept: free some space, and give the same command again")


def score_onto_full_disk(data: Path, model: Path, output: Path) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_score, "clear", lambda place, _parts: (place / ".done").mkdir())
        return score(data, model, output)


def test_a_model_that_names_no_keys_is_one_line_and_scores_nothing(
    unlabelled: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one from before models named the keys of their rows, which evaluation still takes as the champion."""
    old = Path(shutil.copytree(model, tmp_path / "model"))
    (old / "sha256.json").unlink()
    document = json.loads((old / "features.json").read_text(encoding="utf-8"))
    del document["keys"]
    (old / "features.json").write_text(json.dumps(document), encoding="utf-8")
    assert Scorer.load(old).columns == Scorer.load(model).columns
    assert score(unlabelled, old, tmp_path / "scores") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("does not say which columns are the keys of its rows: train it again")
    assert not (tmp_path / "scores").exists()
