"""Two use cases in one repository: each has a champion of its own, and neither touches the other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from operation.execution.json_files import read_json
from operation.execution.steps.recipe import hash_folder
from operation.tests.integration.conftest import settings
from operation.tests.parcels import copy_repository
from operation.tests.toy import add_toy


class Clone:
    """A copy of the repository with the use case toy beside parcels."""

    def __init__(self, folder: Path, sample: Path, reused: str) -> None:
        self.folder, self._sample, self._reused = folder, sample, reused

    def invoke(self, verb: str, *arguments: str) -> str:
        """Run a verb as a shell would; return what it prints on both streams."""
        words = [sys.executable, "-m", "invoke", verb, *arguments]
        result = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)
        assert "Traceback" not in result.stderr
        return result.stdout + result.stderr

    def train(self, use_case: str, *arguments: str) -> str:
        """Train a use case: parcels, the default, on the sample and with few trees."""
        sets = settings(self._sample, self.folder / "outputs", self._reused) if use_case == "parcels" else []
        words = [word for setting in sets for word in ("--set", setting)]
        chosen = [] if use_case == "parcels" else ["--use-case", use_case]
        return self.invoke("train", *chosen, *words, *arguments)


@pytest.fixture(scope="module")
def clone(sample: Path, reused: str, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder = tmp_path_factory.mktemp("clone") / "repository"
    copy_repository(folder)
    add_toy(folder, tmp_path_factory.mktemp("data") / "things")
    return Clone(folder, sample, reused)


@pytest.fixture(scope="module")
def printed(clone: Clone) -> dict[str, str]:
    """What the training of each printed: parcels first, then toy."""
    return {name: clone.train(name) for name in ("parcels", "toy")}


def test_each_has_a_champion_and_outputs_of_its_own(clone: Clone, printed: dict[str, str]) -> None:
    assert "parcel-delays version 1, the champion now" in printed["parcels"]
    assert "toy version 1, the champion now" in printed["toy"]
    outputs = clone.folder / "outputs"
    assert {path.name for path in outputs.iterdir() if path.is_dir()} == {"cache", "parcels", "toy"}
    assert [len(list((outputs / name / "runs").iterdir())) for name in ("parcels", "toy")] == [1, 1]


def test_commands_to_give_next_name_a_use_case_that_is_not_the_default(printed: dict[str, str]) -> None:
    assert "Look closer  invoke models --use-case toy, invoke ui --use-case toy" in printed["toy"]
    assert "Look closer  invoke models, invoke ui" in printed["parcels"]
    assert "--use-case" not in printed["parcels"]


def test_the_words_are_those_of_the_use_case(clone: Clone, printed: dict[str, str]) -> None:
    assert "3,000 things" in printed["toy"]
    (run,) = (clone.folder / "outputs" / "toy" / "runs").iterdir()
    evaluation = read_json(run / "evaluation" / "metrics.json")
    assert (evaluation["event"], evaluation["rows_are"]) == ("good", "things")
    assert evaluation["rows"] == pytest.approx(750, rel=0.1)  # a quarter, drawn at random
    card = (run / "package" / "model_card.md").read_text(encoding="utf-8")
    assert "| predicted | before anybody has looked at the thing |" in card
    assert not {"parcel", "overdue"} & {*card.lower().replace("|", " ").split()}


def test_a_sweep_takes_its_rows_from_the_same_draw(clone: Clone, printed: dict[str, str]) -> None:
    assert printed
    shown = clone.invoke("sweep", "--use-case", "toy")
    assert " things, drawn at random (20 %); none of the test part" in " ".join(shown.split())


@pytest.mark.parametrize(("name", "kept"), [("data", {"train"}), ("schema", set())])
def test_only_the_use_case_whose_files_changed_runs_again(
    clone: Clone, printed: dict[str, str], name: str, kept: set[str]
) -> None:
    """Only what reads the file: the rows stay the same, so a change of preparation is none of training."""
    assert printed
    parcels = hash_folder(clone.folder / "outputs" / "parcels" / "runs")
    with (clone.folder / "src" / "toy" / f"{name}.py").open("a", encoding="utf-8") as file:
        file.write("\n# Another line.\n")
    assert "Nothing has changed since run" in clone.train("parcels")
    again = clone.train("toy", "--explain")
    assert f"ran because: src/toy/{name}.py changed" in again
    assert set(re.findall(r"^([\w-]+) +reused ", again, re.MULTILINE)) == {"validate-raw", "validate-prepared"} | kept
    assert "toy version 1 is this model, byte for byte: no new version" in again
    assert hash_folder(clone.folder / "outputs" / "parcels" / "runs") == parcels


def test_bad_data_of_one_fail_by_its_own_suites(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text("thing,size,colour,good\n1,2.5,red,1\n2,0.5,red,\n", encoding="utf-8")
    shown = clone.invoke("validate", "--use-case", "toy", "--data", str(tmp_path))
    assert "The data do not meet 1 of 2 expectations (things)" in shown
    assert "There is no use case 'toys'. Did you mean toy?" in clone.invoke("validate", "--use-case", "toys")


def test_cleaning_one_leaves_the_other(clone: Clone, printed: dict[str, str]) -> None:
    assert printed
    shown = clone.invoke("clean", "--registry", "--use-case", "toy")
    assert "Left what is shared with parcels" in shown
    assert not (clone.folder / "outputs" / "toy" / "runs").exists()
    assert "parcel-delays" in clone.invoke("models")
    assert "There is no version of toy yet. Make the first: invoke train --use-case toy" in clone.invoke(
        "models", "--use-case", "toy"
    )
