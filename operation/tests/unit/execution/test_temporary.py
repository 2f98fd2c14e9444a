"""A temporary folder goes with its command, or with the next command if that one was killed."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest
from filelock import FileLock

from operation.execution import temporary
from operation.execution.backends import Backend
from operation.execution.leftovers import find_leftovers
from operation.execution.temporary import PREFIX, YOUNG, abandoned, delete_abandoned, temporary_folder
from operation.tests.unit.execution.test_leftovers import Ended


def make_old(folder: Path) -> None:
    os.utime(folder, (0, 0))


def test_a_folder_is_empty_and_goes_in_the_end(tmp_path: Path) -> None:
    with temporary_folder(tmp_path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_doctor_and_the_next_run_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / f"{PREFIX}ab12_x34"
    left.mkdir()
    make_old(left)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (found,) = find_leftovers(tmp_path / "outputs", cast(Backend, Ended()))
    assert found.name == str(left)
    found.clear()
    assert not left.exists()


def test_a_folder_that_was_just_made_has_no_lock_yet(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}ab12_x34").mkdir()
    assert list(abandoned(tmp_path)) == []
    os.utime(tmp_path / f"{PREFIX}ab12_x34", (0, YOUNG))
    assert list(abandoned(tmp_path)) == [tmp_path / f"{PREFIX}ab12_x34"]


def test_a_folder_that_another_command_takes_for_dead_before_its_lock_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[Path] = []

    class Late(FileLock):
        def acquire(self, *arguments: Any, **options: Any) -> Any:
            if not deleted:
                deleted.append(Path(self.lock_file).parent)
                delete_abandoned(deleted[0])
            return super().acquire(*arguments, **options)

    monkeypatch.setattr(temporary, "FileLock", Late)
    with temporary_folder(tmp_path) as folder:
        assert folder.is_dir()
        assert folder.parent not in deleted


@pytest.mark.parametrize("name", [f"{PREFIX}notes", f"{PREFIX}ab12_x34.txt", "tmpab12_x34"])
def test_a_folder_of_another_name_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    make_old(tmp_path / name)
    assert list(abandoned(tmp_path)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links and owners of POSIX")
def test_a_link_and_a_folder_of_another_user_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir()
    make_old(tmp_path / "theirs")
    (tmp_path / f"{PREFIX}ab12_x34").symlink_to(tmp_path / "theirs")
    assert list(abandoned(tmp_path)) == []
    (tmp_path / f"{PREFIX}cd12_x34").mkdir()
    make_old(tmp_path / f"{PREFIX}cd12_x34")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert list(abandoned(tmp_path)) == []
