"""What is registered, what is promoted and what a registered version carries."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.local.run_record import Record
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import sign
from operation.execution.json_files import hash_file, read_json, write_json
from operation.execution.outputs import exclusive
from operation.execution.registration.evidence import OUTPUTS, initial_files
from operation.execution.registration.register import register, register_run, tags_of, version_of
from operation.execution.validation import record as validation
from operation.execution.values import VALIDATIONS, Decision, Evidence, ModelVersion, Run
from operation.tests.parcels import load

RUN = Run("a-run", "completed", Path("none"))
EVIDENCE = Evidence(RUN, {"seed": "7"}, {}, None, {"metrics": {"roc_auc": 0.7}}, {}, (), "abc")


def test_a_version_carries_lineage_metrics_and_the_decision() -> None:
    assert tags_of(EVIDENCE, Decision("promote", "better")) == {
        "seed": "7",
        "model_sha256": "abc",
        "metric.roc_auc": "0.7",
        "verdict": "promote",
        "reason": "better",
    }


def test_a_version_carries_its_days_and_what_it_was_compared_with() -> None:
    days = {"first_date": "2013-01-01", "last_date": "2013-01-02"}
    tags = tags_of(replace(EVIDENCE, prepared={"train": days}, champion_version=3), Decision("promote", "better"))
    assert (tags["train_first_date"], tags["train_last_date"], tags["compared_with"]) == (*days.values(), "3")


class Shelf:
    """A registry in memory, which keeps the names of a version's files."""

    def __init__(self) -> None:
        self.kept: list[ModelVersion] = []
        self.files: dict[int, set[str]] = {}

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        made = ModelVersion(name, len(self.kept) + 1, run.id, tags)
        self.files[made.version] = {path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()}
        self.kept.insert(0, made)
        return made

    def receive(self, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        raise NotImplementedError

    def versions(self, name: str) -> list[ModelVersion]:
        return [one for one in self.kept if one.name == name]

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        wanted = (one for one in self.versions(name) if (one.champion if version is None else one.version == version))
        return next(wanted, None)

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        raise NotImplementedError

    def promote(self, model: ModelVersion) -> None:
        self.kept = [replace(one, champion=one.version == model.version) for one in self.kept]

    def annotate(self, model: ModelVersion, tag: str, text: str) -> None:
        raise NotImplementedError


METRICS = {"roc_auc": 0.7, "average_precision": 0.5, "log_loss": 0.5, "brier_score": 0.15, "calibration_error": 0.01}
BETTER = {"metric": "roc_auc", "confidence": 0.95, "difference": 0.02, "lower": 0.01, "upper": 0.03, "resamples": 1000}
FILES = {
    *("configuration.json", "evaluation/metrics.json", "evaluation/sha256.json", "model.onnx"),
    *("model_card.html", "model_card.json", "model_card.md"),
    *("prepared.json", "features.json", "sha256.json", "golden_rows.json", "evaluation/golden_rows.json"),
    *("MLmodel", "conda.yaml", "input_example.json", "python_env.yaml", "requirements.txt"),  # for MLflow
}


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load("dev", settings=[f"backend.outputs={tmp_path}"])


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def trained(
    configuration: Configuration, name: str, comparison: dict[str, Any] | None = None, **words: Any
) -> Evidence:
    """A run that has ended, and what is known of it: its model is equal to another's of the same name."""
    folder = configuration.outputs / "runs" / name
    files = {
        "configuration.json": configuration.model_dump(mode="json"),
        "model/model.onnx": {"model": name},
        "model/features.json": {"features": [{"name": "hour", "kind": "number"}]},
        "model/sha256.json": {},
        "evaluation/metrics.json": {},
        "evaluation/golden_rows.json": {"rows": [], "scores": []},
        "evaluation/sha256.json": {},
        "prepared/metrics.json": {"rows": 3},
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_json(folder / path, content)
    gain = comparison["difference"] if comparison else 0.0
    champion = {"metrics": METRICS | {"roc_auc": 0.7 - gain}, "slices": {}} if comparison else None
    evaluation = {"metrics": METRICS, "slices": {}, "rows": 1000, "champion": champion, "comparison": comparison}
    return Evidence(
        run=Run(name, "completed", folder),
        lineage={"seed": "7", "data_sha256": "abc"},
        configuration=configuration.model_dump(mode="json"),
        champion_version=words.get("champion_version"),
        evaluation={**evaluation, **words.get("evaluation", {})},
        prepared={"rows": 3},
        features=("hour",),
        model_sha256=words.get("model_sha256", name),
    )


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_first_model_is_registered_with_all_its_files_and_is_the_champion(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = trained(configuration, "one")
    register(configuration, shelf, evidence)
    (kept,) = shelf.kept
    assert (kept.name, kept.version, kept.run, kept.champion) == ("parcel-delays", 1, "one", True)
    assert {name for name in shelf.files[1] if not name.startswith("code/")} == FILES
    package = evidence.run.folder / "package"
    assert kept.tags == {
        **tags_of(evidence, Decision("promote", "the first model, and above every floor")),
        "files_sha256": hash_file(package / "sha256.json"),
    }
    assert (package / "model_card.md").read_text(encoding="utf-8").startswith("# parcel-delays, run one")
    printed = flat(capsys.readouterr().out)
    assert re.search(r"gate done .* promote: the first model, and above every floor", printed)
    assert re.search(r"register done .* parcel-delays version 1, champion ", printed)
    assert "Verdict promote: the first model, and above every floor" in printed
    assert "Model parcel-delays version 1, the champion now" in printed
    assert "Test metrics (1,000 rows)" in printed


def test_the_files_of_a_version_say_whence_they_are_and_how_to_go_on(
    configuration: Configuration, shelf: Shelf
) -> None:
    evidence = trained(configuration, "one")
    (evidence.run.folder / "evaluation" / "golden_rows.json").unlink()  # as before there were any
    register(configuration, shelf, evidence)
    package = evidence.run.folder / "package"
    assert read_json(package / "configuration.json") == read_json(evidence.run.folder / "configuration.json")
    assert "  run: one\n" in (package / "MLmodel").read_text(encoding="utf-8")
    assert "--environment dev" in (package / "model_card.md").read_text(encoding="utf-8")
    assert "golden_rows.json" not in shelf.files[1]


def test_the_verdict_is_noted_with_the_run(configuration: Configuration, shelf: Shelf) -> None:
    noted: dict[str, Mapping[str, str]] = {}
    register(configuration, shelf, trained(configuration, "one"), lambda run, words: noted.update({run.id: words}))
    assert noted == {"one": {"verdict": "promote", "reason": "the first model, and above every floor"}}


def test_a_damaged_evaluation_is_refused_with_the_command_that_makes_it_again(
    configuration: Configuration, shelf: Shelf
) -> None:
    with pytest.raises(OperationError, match=r"Evaluate the run again: invoke evaluate --run one --environment dev$"):
        register(configuration, shelf, trained(configuration, "one", evaluation={"metrics": []}))


def test_a_reference_that_was_made_with_the_model_is_among_its_files(
    configuration: Configuration, shelf: Shelf
) -> None:
    evidence = trained(configuration, "one")
    (evidence.run.folder / "reference").mkdir()
    write_json(evidence.run.folder / "reference" / "profile.json", {"schema": 1})
    register(configuration, shelf, evidence)
    assert "reference/profile.json" in shelf.files[1]
    assert "reference/profile.json" in read_json(evidence.run.folder / "package" / "sha256.json")


def test_a_better_model_replaces_the_champion_and_carries_the_notes(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    register(configuration, shelf, trained(configuration, "one"))
    better = trained(configuration, "two", BETTER, champion_version=1)
    register(configuration, shelf, better)
    assert [(one.version, one.champion) for one in shelf.kept] == [(2, True), (1, False)]
    assert shelf.kept[0].tags["compared_with"] == "1"
    note = (
        "1 so far on this test part (these data); if none were better, chance alone would promote one in 2.5% of cases"
    )
    assert f"Comparisons {note}" in flat(capsys.readouterr().out)
    assert f"Comparisons: {note}." in (better.run.folder / "package" / "model_card.md").read_text(encoding="utf-8")


def test_a_model_that_is_not_better_is_registered_and_not_promoted(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    register(configuration, shelf, trained(configuration, "one"))
    capsys.readouterr()
    unsure = {**BETTER, "lower": -0.01}
    register(configuration, shelf, trained(configuration, "two", unsure, champion_version=1))
    assert [(one.version, one.champion) for one in shelf.kept] == [(2, False), (1, True)]
    printed = flat(capsys.readouterr().out)
    assert re.search(r"register done .*? parcel-delays version 2 (?!champion)", printed)
    assert "not promoted (invoke promote --version 2 --environment dev would)" in printed


def test_a_champion_that_cannot_be_compared_is_not_replaced(configuration: Configuration, shelf: Shelf) -> None:
    register(configuration, shelf, trained(configuration, "one", evaluation={"event": "overdue"}))
    candidate = trained(configuration, "two", BETTER, champion_version=1, evaluation={"event": "on time"})
    register(configuration, shelf, candidate)
    assert shelf.kept[0].tags["reason"] == "cannot be compared: the champion's event overdue, this model's on time"
    assert not shelf.kept[0].champion


def test_a_refused_model_leaves_nothing_and_its_metrics_and_notes_are_shown(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    register(configuration, shelf, trained(configuration, "one"))
    capsys.readouterr()
    worse = {**BETTER, "difference": -0.02, "lower": -0.03, "upper": -0.01}
    refused = trained(configuration, "two", worse, champion_version=1)
    with pytest.raises(OperationError) as raised:
        register(configuration, shelf, refused)
    assert str(raised.value) == (
        "The gate refused the model of run two: worse: roc_auc -0.0200 against the champion, 95% interval -0.0300 to "
        f"-0.0100. Nothing was registered. Its files are in {refused.run.folder}; the gate's rule is `gate` in "
        "configuration/use_cases/parcels.yaml."
    )
    assert [one.version for one in shelf.kept] == [1]
    printed = flat(capsys.readouterr().out)
    assert "Comparisons 1 so far on this test part" in printed
    assert "Test metrics (1,000 rows)" in printed
    assert re.search(r"gate done .* refuse: worse", printed)


def test_a_run_is_registered_once(configuration: Configuration, shelf: Shelf) -> None:
    evidence = trained(configuration, "one")
    register(configuration, shelf, evidence)
    with pytest.raises(OperationError) as raised:
        register(configuration, shelf, evidence)
    assert str(raised.value) == (
        "Run one is registered already, as parcel-delays version 1. To make it the champion: "
        "invoke promote --version 1 --environment dev"
    )
    assert version_of(configuration, shelf, evidence.run) == shelf.kept[0]
    assert version_of(configuration, shelf, Run("two", "completed", Path("none"))) is None


@pytest.mark.parametrize(
    ("then", "now", "names"), [(None, 1, ("no champion", "version 1")), (1, None, ("version 1", "no champion"))]
)
def test_a_comparison_with_a_former_champion_is_refused(
    then: int | None, now: int | None, names: tuple[str, str], configuration: Configuration, shelf: Shelf
) -> None:
    if now:
        register(configuration, shelf, trained(configuration, "one"))
    with pytest.raises(OperationError) as raised:
        register(configuration, shelf, trained(configuration, "two", BETTER, champion_version=then))
    assert str(raised.value) == (
        f"Run two was compared with {names[0]}, and the champion is now {names[1]}. Evaluate it again: "
        "invoke evaluate --run two --environment dev"
    )


def test_the_very_same_model_makes_no_new_version_and_is_promoted_if_the_verdict_says_so(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    register(configuration, shelf, trained(configuration, "one", model_sha256="same"))
    shelf.kept = [replace(one, champion=False) for one in shelf.kept]
    capsys.readouterr()
    register(configuration, shelf, trained(configuration, "two", model_sha256="same"))
    assert [(one.version, one.run, one.champion) for one in shelf.kept] == [(1, "one", True)]
    said = "parcel-delays version 1 is this model, byte for byte: no new version, champion"
    assert said in flat(capsys.readouterr().out)


def test_the_very_same_model_that_is_the_champion_stays_it(configuration: Configuration, shelf: Shelf) -> None:
    register(configuration, shelf, trained(configuration, "one", model_sha256="same"))
    again = trained(configuration, "two", BETTER, champion_version=1, model_sha256="same")
    register(configuration, shelf, again)
    assert [(one.version, one.champion) for one in shelf.kept] == [(1, True)]


def test_files_that_are_printed_are_there(
    configuration: Configuration, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    first = trained(configuration, "one", model_sha256="same")
    register(configuration, shelf, first)
    assert f"{first.run.folder}/package/model_card.html\n" in capsys.readouterr().out
    shutil.rmtree(first.run.folder)  # as by `invoke clean`
    register(configuration, shelf, trained(configuration, "two", BETTER, champion_version=1, model_sha256="same"))
    said = capsys.readouterr().out
    assert str(first.run.folder) not in said
    assert "parcel-delays version 1, the champion\n" in said


def test_what_an_interrupted_attempt_left_is_not_registered(configuration: Configuration, shelf: Shelf) -> None:
    evidence = trained(configuration, "one")
    (evidence.run.folder / "package").mkdir()
    (evidence.run.folder / "package" / "foreign").touch()
    register(configuration, shelf, evidence)
    assert "foreign" not in shelf.files[1]


def test_register_takes_the_latest_run_while_it_holds_the_outputs(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    with pytest.raises(OperationError, match=r"^There is no completed run yet: invoke train$"):
        register_run(configuration, None)
    with pytest.raises(OperationError, match=r"^There is no run another\. .*: invoke models$"):
        register_run(configuration, "another")
    with exclusive(configuration), pytest.raises(OperationError, match="Another command is using"):
        register_run(configuration, None)


def test_register_puts_the_run_through_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In place of the notes for MLflow, whose import takes seconds.
    noted: list[str] = []
    backend = connect(load(settings=[f"backend.outputs={tmp_path}"]))
    noting = replace(backend, note=lambda run, *_: noted.append(run.id))
    monkeypatch.setattr("operation.execution.registration.register.connect", lambda _: noting)
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    worse = trained(configuration, "20260102-030405-000006", evaluation={"metrics": METRICS | {"roc_auc": 0.1}})
    folder, files = worse.run.folder, initial_files(configuration, {"seed": "7"}, None)
    for name, content in {**files, "evaluation/metrics.json": worse.evaluation}.items():
        write_json(folder / name, content)
    for name in OUTPUTS:
        sign(folder / name)
    for name in VALIDATIONS:
        (folder / name).mkdir()
        validation.write(validation.Validation(1, (), folder / name / "index.html"), folder / name)
    Record(Run(folder.name, "completed", folder), []).write()
    with pytest.raises(OperationError, match=r"^The gate refused the model of run 20260102-030405-000006: misses"):
        register_run(configuration, None)
    assert noted == [folder.name]


def test_a_damaged_database_is_refused_before_any_run_is_looked_for(tmp_path: Path) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    (configuration.outputs / "mlflow").mkdir(parents=True)
    (configuration.outputs / "mlflow" / "mlflow.db").write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    with pytest.raises(OperationError, match=r"mlflow\.db is damaged"):
        register_run(configuration, None)
