"""`invoke train` refuses what it cannot do before it does anything."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.runs import Runs
from operation.execution.json_files import write_json
from operation.execution.registration.evidence import comparison_file
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.training.train import _find_same, train
from operation.execution.values import Run, Step
from operation.tests.parcels import load


def test_a_local_run_is_not_detached(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    with pytest.raises(OperationError, match=r"^--detach: the steps of a local run .* --environment dev"):
        train(load(settings=[f"backend.outputs={outputs}"]), detach=True)
    assert not outputs.exists()


class Done(Runs):
    """Runs that have all done the same before."""

    def __init__(self, folder: Path, *done: Run) -> None:
        super().__init__(folder / "runs", Machine(folder, Cache(folder / "cache", print), threads=1))
        self._done = done

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        return iter(self._done)


@pytest.mark.parametrize("champion", [None, {}, {"version": None}], ids=["missing", "emptied", "without its hash"])
def test_a_run_whose_champion_is_not_known_is_passed_over_with_a_word(
    champion: dict[str, None] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if champion is not None:
        write_json(tmp_path / "champion.json", champion)
    runs = Done(tmp_path, Run("a-run", "completed", tmp_path))
    assert _find_same(load(), runs, [], {}, None) is None
    assert "Run a-run did this before and is passed over: " in capsys.readouterr().out


def test_a_run_that_was_never_validated_is_passed_over_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(tmp_path / "champion.json", comparison_file(None)["champion.json"])
    runs = Done(tmp_path, Run("a-run", "completed", tmp_path))
    assert _find_same(load(), runs, [], {}, None) is None
    assert "were not validated" in " ".join(capsys.readouterr().out.split())
