"""MLflow loads a version only if every file of it is what was registered."""

from pathlib import Path

import pytest

from learning.errors import InputError
from learning.mlflow_model import _load_pyfunc
from operation.execution.file_hashes import sign


@pytest.mark.parametrize("name", ["code/learning/scoring.py", "golden_rows.json", "MLmodel"])
def test_a_version_of_which_any_file_was_changed_is_not_loaded(name: str, tmp_path: Path) -> None:
    for file in ("code/learning/scoring.py", "golden_rows.json", "MLmodel"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("as registered")
    sign(tmp_path)
    (tmp_path / name).write_text("changed")
    with pytest.raises(InputError, match=f"{name} is damaged"):
        _load_pyfunc(str(tmp_path))


def test_a_version_whose_hashes_are_none_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "sha256.json").write_text("[1]")
    with pytest.raises(InputError, match="1 does not exist"):
        _load_pyfunc(str(tmp_path))
