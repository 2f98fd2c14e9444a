"""A version goes to another registry: the same bytes, its lineage, and the gate that is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import sign
from operation.execution.json_files import hash_file, write_json
from operation.execution.registration.promote import Asked, run
from operation.execution.registration.transfer import Side, copy_version
from operation.execution.values import ModelVersion, Run
from operation.tests.parcels import load
from operation.tests.serving.registry import NAME, Registry

METRICS = {"roc_auc": 0.7, "average_precision": 0.5, "log_loss": 0.5, "brier_score": 0.15, "calibration_error": 0.01}
BETTER = {"metric": "roc_auc", "confidence": 0.95, "difference": 0.02, "lower": 0.01, "upper": 0.03, "resamples": 1000}
LINEAGE = {"data_sha256": "abc", "git_commit": "c0ffee", "verdict": "promote", "reason": "the first model"}


class Place:
    """A registry in a folder, and the environment that it belongs to."""

    def __init__(self, folder: Path, environment: str) -> None:
        self.configuration: Configuration = load(environment, settings=[f"backend.outputs={folder}"])
        self.registry = Registry(folder / environment)
        self.side = Side(self.configuration, self.registry)
        self._folder = folder

    def add(self, model: str, comparison: Any = None, *, champion: bool = False, **tags: str) -> ModelVersion:
        """Register a version; those of the same `model` are equal, in every registry."""
        files = self._folder / f"files of {model}"
        if not files.exists():
            beside = {"metrics": {**METRICS, "roc_auc": 0.68}, "slices": {}} if comparison else None
            evaluation = {"metrics": METRICS, "slices": {}, "rows": 1000, "champion": beside, "comparison": comparison}
            (files / "evaluation").mkdir(parents=True)
            write_json(files / "evaluation" / "metrics.json", evaluation)
            write_json(files / "features.json", {"model": model})
        lineage = {**LINEAGE, "model_sha256": model, **tags, **sign(files)}
        made = self.registry.register(Run(f"run of {model}", "completed", files), NAME, files, lineage)
        if champion:
            self.registry.promote(made)
        return made


@pytest.fixture
def dev(tmp_path: Path) -> Place:
    return Place(tmp_path, "dev")


@pytest.fixture
def prd(tmp_path: Path) -> Place:
    return Place(tmp_path, "prd")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def test_the_first_version_arrives_unchanged_and_becomes_the_champion(dev: Place, prd: Place, folder: Path) -> None:
    sent = dev.add("one", champion=True)
    made = copy_version(dev.side, prd.side, None, folder)
    assert prd.registry.find(NAME) == ModelVersion(NAME, 1, "run of one", made.tags, champion=True)
    for path in ("evaluation/metrics.json", "features.json", "sha256.json"):
        assert hash_file(prd.registry.folder_of(1) / path) == hash_file(dev.registry.folder_of(1) / path)
    assert made.tags == {
        **sent.tags,
        "from_environment": "dev",
        "from_version": "1",
        "from_verdict": "promote",
        "from_reason": "the first model",
        "reason": "the first model, and above every floor",
    }


def test_a_version_compared_with_the_model_that_is_the_champion_there_replaces_it(
    dev: Place, prd: Place, folder: Path
) -> None:
    dev.add("old")
    prd.add("other")
    prd.add("old", champion=True)
    dev.add("new", BETTER, champion=True, compared_with="1")
    made = copy_version(dev.side, prd.side, None, folder)
    champion = prd.registry.find(NAME)
    assert champion is not None
    assert (champion.version, champion.tags["compared_with"]) == (made.version, "2")
    assert champion.tags["reason"].startswith("better: roc_auc +0.0200")


def test_a_version_compared_with_another_model_is_registered_and_not_promoted(
    dev: Place, prd: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.add("old")
    prd.add("other", champion=True, data_sha256="def")
    dev.add("new", BETTER, champion=True, compared_with="1")
    made = copy_version(dev.side, prd.side, None, folder)
    assert made.tags["verdict"] == "register"
    assert made.tags["reason"] == (
        "cannot be compared: it was not evaluated beside version 1, the champion of prd, and not on the same test rows"
    )
    assert [one.version for one in prd.registry.versions(NAME) if one.champion] == [1]
    assert "compared_with" not in made.tags
    assert "invoke promote --version 2 --environment prd would" in " ".join(capsys.readouterr().out.split())


def test_what_monitoring_found_in_one_environment_stays_there(dev: Place, prd: Place, folder: Path) -> None:
    dev.add("one", champion=True, **{"monitoring.0": "{}"})
    assert "monitoring.0" not in copy_version(dev.side, prd.side, None, folder).tags


def test_metrics_on_the_same_test_rows_are_said(dev: Place, prd: Place, folder: Path) -> None:
    prd.add("other", champion=True)
    dev.add("new", champion=True)
    reason = copy_version(dev.side, prd.side, None, folder).tags["reason"]
    assert reason.endswith("on the same test rows its roc_auc is 0.7000 against 0.7000")


def test_the_gate_of_the_second_environment_refuses_and_leaves_nothing(prd: Place, dev: Place, folder: Path) -> None:
    dev.add("one", champion=True)
    strict = load("prd", settings=["backend.outputs=x", "gate.at_least.roc_auc=0.75"])
    with pytest.raises(OperationError) as raised:
        copy_version(dev.side, Side(strict, prd.registry), None, folder)
    assert str(raised.value) == (
        f"The gate of prd refused {NAME} version 1 of dev: misses a bound: roc_auc 0.7000 is below 0.75. "
        "Nothing was registered."
    )
    assert prd.registry.versions(NAME) == []


def test_a_version_is_brought_once(
    dev: Place, prd: Place, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.add("one", champion=True)
    first = copy_version(dev.side, prd.side, None, folder)
    (tmp_path / "again").mkdir()
    assert copy_version(dev.side, prd.side, 1, tmp_path / "again").version == first.version
    assert len(prd.registry.versions(NAME)) == 1
    assert f"prd has it already, as {NAME} version 1" in " ".join(capsys.readouterr().out.split())


def test_a_copy_that_was_killed_before_its_promotion_is_promoted_by_the_next(
    dev: Place, prd: Place, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_model: ModelVersion) -> None:
        raise KeyboardInterrupt

    dev.add("one", champion=True)
    with monkeypatch.context() as patch:
        patch.setattr(prd.registry, "promote", die)
        with pytest.raises(KeyboardInterrupt):
            copy_version(dev.side, prd.side, None, folder)
    assert prd.registry.find(NAME) is None
    (tmp_path / "again").mkdir()
    copy_version(dev.side, prd.side, None, tmp_path / "again")
    champion = prd.registry.find(NAME)
    assert champion is not None
    assert champion.version == 1


def test_a_version_that_is_there_does_not_replace_the_champion(
    dev: Place, prd: Place, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.add("one", champion=True)
    copy_version(dev.side, prd.side, None, folder)
    rolled_back_to = prd.add("two", champion=True)
    (tmp_path / "again").mkdir()
    copy_version(dev.side, prd.side, None, tmp_path / "again")
    champion = prd.registry.find(NAME)
    assert champion is not None
    assert champion.version == rolled_back_to.version
    assert "invoke promote --version 1 --environment prd would" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("damage", ["features.json", "sha256.json"])
def test_a_damaged_file_is_not_brought(dev: Place, prd: Place, folder: Path, damage: str) -> None:
    dev.add("one", champion=True)
    file = dev.registry.folder_of(1) / damage
    file.write_text(file.read_text(encoding="utf-8").replace("e", "E", 1), encoding="utf-8")
    with pytest.raises(OperationError, match=rf"{damage} is damaged"):
        copy_version(dev.side, prd.side, None, folder)
    assert prd.registry.versions(NAME) == []


def test_a_file_that_was_not_registered_is_not_brought(dev: Place, prd: Place, folder: Path) -> None:
    dev.add("one", champion=True)
    (dev.registry.folder_of(1) / "evaluation" / "extra.py").touch()
    with pytest.raises(OperationError, match=r"holds evaluation/extra\.py, which was not registered"):
        copy_version(dev.side, prd.side, None, folder)


def test_a_version_without_hashes_is_not_brought(dev: Place, prd: Place, folder: Path) -> None:
    made = dev.add("one", champion=True)
    record = dev.registry.folder_of(1).with_suffix(".json")
    tags = {name: value for name, value in made.tags.items() if name != "files_sha256"}
    record.write_text(json.dumps({"run": made.run, "tags": tags}), encoding="utf-8")
    with pytest.raises(OperationError, match=r"without hashes.*Train again: invoke train --environment dev"):
        copy_version(dev.side, prd.side, None, folder)


class Forgetful(Registry):
    """Loses a byte of what it receives."""

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        super().fetch(model, folder)
        (folder / "sha256.json").write_text("{}", encoding="utf-8")


def test_files_that_arrive_changed_are_noticed_and_not_promoted(
    dev: Place, prd: Place, folder: Path, tmp_path: Path
) -> None:
    dev.add("one", champion=True)
    there = Forgetful(tmp_path / "forgetful")
    with pytest.raises(OperationError, match="version 1 is not what was sent"):
        copy_version(dev.side, Side(prd.configuration, there), None, folder)
    assert there.find(NAME) is None


@pytest.mark.parametrize(("version", "words"), [(None, "has no champion in dev"), (7, "has no version 7 in dev")])
def test_what_is_not_there_is_named(dev: Place, prd: Place, folder: Path, version: int | None, words: str) -> None:
    dev.add("one")
    with pytest.raises(OperationError, match=rf"{words}. There is: 1"):
        copy_version(dev.side, prd.side, version, folder)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("", "dev", ""), "--from and --to belong together"),
        (("", "", "prd"), "--from and --to belong together"),
        (("dev", "dev", "prd"), "--environment is for a promotion within one"),
    ],
)
def test_options_that_contradict_one_another_are_refused(options: tuple[str, str, str], words: str) -> None:
    environment, source, target = options
    with pytest.raises(OperationError, match=words):
        run(Asked(environment, None, (), None, source, target))
