"""Environments that cannot be made: the real venv and pip are asked."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution import own_environments
from operation.execution.serving import official


def test_an_environment_that_cannot_be_made_is_one_line_and_is_made_anew_the_next_time(tmp_path: Path) -> None:
    conda_file = tmp_path / "score.yml"
    conda_file.write_text(f"dependencies:\n{official.SECTION}{official.ITEM}{tmp_path}/nothing.whl\n")
    with pytest.raises(OperationError, match=r"could not be made: .*invoke serve --fast needs none.$"):
        official.prepare_environment(conda_file, tmp_path)
    assert not list(tmp_path.glob(f"serving/*/{own_environments.MADE}"))


def test_an_environment_that_cannot_be_made_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    nothing = ["install", str(tmp_path / "nothing.whl")]
    made = own_environments.OwnEnvironment("notebooks", ["x"], [nothing], "once", "It needs a package index.")
    with pytest.raises(OperationError, match=r"^The environment of notebooks could not be made: .* It needs a package"):
        own_environments.prepare(made, tmp_path)
