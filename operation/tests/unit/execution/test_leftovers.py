"""What a killed command left is found by its name and place, and nothing that others keep there."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from operation.execution.backends import Backend
from operation.execution.leftovers import find_leftovers
from operation.execution.values import Leftover

RUN = "runs/20260101-000000-000000"
RANDOM = "0" * 32


class Ended:
    """A backend that knows of nothing unfinished."""

    def leftovers(self) -> Iterator[Leftover]:
        """Find nothing."""
        return iter(())


@pytest.fixture(autouse=True)
def no_other_temporary_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of this machine may hold what other commands have left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def found(outputs: Path) -> list[str]:
    return [left.name for left in find_leftovers(outputs, cast(Backend, Ended()))]


@pytest.mark.parametrize(
    "name",
    [
        "data/.raw.partial",
        f"data/datastores/.copied.json.{RANDOM}",
        "mlflow/.new-ab12_x34",
        f"mlflow/.versions.json.{RANDOM}",
        f"{RUN}/.model.taken",
        f"{RUN}/.run.json.{RANDOM}",
        f"{RUN}-0123ab/.outputs-ab12_x34",
        f"{RUN}/validate-raw/.partial",
        f"sweeps/20260101-000000-000000/.sweep.json.{RANDOM}",
        f"backtests/20260101-000000-000000/.backtest.json.{RANDOM}",
        f"monitoring/20260101-000000-000000/.report.html.{RANDOM}",
        "references/.3.partial",
        "references/3/.partial",
        f"references/3/.thresholds-4.json.{RANDOM}",
        f".comparisons.json.{RANDOM}",
        f"..azure-mlops-template.json.{RANDOM}",
        ".fetched-ab12_x34",
        "runs/.found-ab12_x34",
    ],
)
def test_what_a_killed_command_left_is_found_and_cleared(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir(parents=True)
    (left,) = find_leftovers(tmp_path, cast(Backend, Ended()))
    assert left.name == str(tmp_path / name)
    left.clear()
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "name",
    [
        "data/.movie.partial",
        "data/.download.partial",
        "data/theirs/.movie.partial",
        "data/theirs/.partial",
        f"data/raw/.copy.{RANDOM}",
        "mlflow/.new-plans.txt",
        f"mlflow/.dump.{RANDOM}",
        "runs/theirs/.model.taken",
        "runs/.model.taken",
        f"reports/.draft.{RANDOM}",
        "reports/.partial",
        f"sweeps/theirs/.sweep.json.{RANDOM}",
        "references/theirs/.partial",
        f".notes.json.{RANDOM}",
    ],
)
def test_what_others_keep_in_the_outputs_is_not_taken_for_a_leftover(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir(parents=True)
    assert found(tmp_path) == []
