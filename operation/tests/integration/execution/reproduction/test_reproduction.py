"""`invoke reproduce` around the training: the clone, its configuration, and the comparison with what was registered."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration import loading
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import seal, write_json
from operation.execution.reproduction import clone
from operation.execution.reproduction.reproduce import compare, reproduce
from operation.execution.values import ModelVersion
from operation.tests.clones import commit_all, git
from operation.tests.parcels import CONFIGURATION, copy_scripts, load, own_scripts


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core scripts in a repository of one commit."""
    folder = tmp_path_factory.mktemp("repository")
    copy_scripts(folder)
    commit_all(folder)
    return folder


@pytest.fixture
def configuration(repository: Path, tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path / 'outputs'}"], scripts=repository / "src")


def version(**tags: str) -> ModelVersion:
    return ModelVersion("parcel-delays", 3, "one", tags)


@pytest.mark.parametrize("wanted", ["x", "0", "1.5", "-1", "01", "9" * 5000, "1\n"], ids=lambda word: repr(word)[:9])
def test_a_version_that_is_no_number_is_refused(wanted: str, configuration: Configuration) -> None:
    with pytest.raises(OperationError, match="A version is a whole number from 1, not "):
        reproduce(configuration, wanted)


def test_without_a_version_the_first_command_is_named(configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=r"no version of [\w-]+ yet\. Make the first: invoke train$"):
        reproduce(configuration, "1")


def test_the_clone_holds_the_commit_even_if_no_branch_leads_to_it(configuration: Configuration, tmp_path: Path) -> None:
    repository = configuration.repository
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    identity = ("-c", "user.name=A developer", "-c", "user.email=developer@example.org")
    lost = git(repository, *identity, "commit-tree", tree, "-m", "On no branch").strip()
    clone.check_out(configuration, version(git_commit=lost), tmp_path / "clone")
    assert git(tmp_path / "clone", "rev-parse", "HEAD").strip() == lost
    assert (tmp_path / "clone" / "src" / "train.py").is_file()


@pytest.mark.parametrize(
    ("commit", "message"),
    [
        ("f" * 40, "Commit ffffffffffff of parcel-delays version 3 is not in this clone. Fetch the branch that has it"),
        ("unknown", "parcel-delays version 3 was trained outside of a repository"),
    ],
)
def test_a_commit_that_is_gone_is_one_line(
    commit: str, message: str, configuration: Configuration, tmp_path: Path
) -> None:
    with pytest.raises(OperationError, match=message) as error:
        clone.check_out(configuration, version(git_commit=commit), tmp_path / "clone")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "clone").exists()


def test_the_clone_is_configured_as_the_version_was_trained_with_every_setting_of_its_command(tmp_path: Path) -> None:
    settings = ["training.trees=7", "gate.at_least={roc_auc: 0.5}", "data.source=/elsewhere", "backend.outputs=far"]
    trained = load("dev", settings).model_dump(mode="json")
    folder = tmp_path / "configuration"
    for file in CONFIGURATION.rglob("*.yaml"):
        (folder / file.relative_to(CONFIGURATION)).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.relative_to(CONFIGURATION)).write_bytes(file.read_bytes())
    clone.configure(tmp_path, trained)
    again = loading.load(folder=folder, scripts=own_scripts()).model_dump(mode="json")
    assert again["backend"]["outputs"] == "outputs"
    assert {**again, "backend": None} == {**trained, "backend": None}


def test_the_snapshot_here_is_used_if_it_is_the_one_that_the_version_learned_from(
    configuration: Configuration, tmp_path: Path
) -> None:
    raw = configuration.outputs / "data" / "raw"
    raw.mkdir(parents=True)
    write_json(raw / "manifest.json", {"sha256": "abc"})
    trained = {"data": {"source": str(tmp_path), "tables": []}}
    backend = connect(configuration)
    assert clone.find_data(configuration, backend, trained, "abc") == str(raw)
    assert clone.find_data(configuration, backend, trained, "another") == str(tmp_path)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return _folder(tmp_path / "package", "model")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    _folder(folder / "model", "model")
    (folder / "evaluation").mkdir()
    write_json(folder / "evaluation" / "metrics.json", {"metrics": {"roc_auc": 0.75}})
    write_json(folder / "lineage.json", seal({"data_sha256": "abc", "lock_sha256": "def", "python": "3.11"}))
    _configure(folder, seal({"data": {"source": "there", "tables": []}, "training": {"trees": 7}, "backend": 2}))
    return folder


def _folder(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("model.onnx", "features.json", "model.txt"):
        (folder / name).write_text(text, encoding="utf-8")
    _configure(folder, {"data": {"source": "here", "tables": []}, "training": {"trees": 7}, "backend": 1})
    return folder


def _configure(folder: Path, values: dict[str, Any]) -> None:
    write_json(folder / "configuration.json", values)


TAGS = {"data_sha256": "abc", "lock_sha256": "def", "python": "3.11", "metric.roc_auc": "0.75"}


def test_an_equal_model_differs_in_nothing_wherever_its_data_and_outputs_are(package: Path, run: Path) -> None:
    assert [one.name for one in compare(TAGS, package, run) if not one.same] == []


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda tags, package: (package / "model.onnx").write_text("other"), "model.onnx"),
        (lambda tags, package: (package / "model.txt").unlink(), "model.txt"),
        (lambda tags, package: tags.update({"metric.roc_auc": "0.7500001"}), "roc_auc"),
        (lambda tags, package: tags.update(data_sha256="xyz"), "raw data"),
        (lambda tags, package: tags.update(python="3.12"), "Python"),
        (lambda tags, package: _configure(package, {"data": {}, "training": {"trees": 8}}), "configuration"),
    ],
    ids=["a byte", "a file", "a metric", "data", "python", "a value"],
)
def test_what_differs_is_named(spoil: Any, named: str, package: Path, run: Path) -> None:
    tags = dict(TAGS)
    spoil(tags, package)
    assert [one.name for one in compare(tags, package, run) if not one.same] == [named]


def test_what_the_clone_reads_is_yaml_that_people_can_read(tmp_path: Path) -> None:
    (tmp_path / "configuration" / "environments").mkdir(parents=True)
    (tmp_path / clone.LOCAL).write_text("backend: {kind: local, outputs: /shared}\n", encoding="utf-8")
    clone.configure(tmp_path, {"use_case": "parcels", "split": {"test": "2013-11-01"}, "gate": {"at_most": {}}})
    written = yaml.safe_load((tmp_path / clone.LOCAL).read_text(encoding="utf-8"))
    assert written == {"backend": {"kind": "local", "outputs": "outputs"}, "split": {"test": "2013-11-01"}}
