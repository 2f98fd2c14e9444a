"""One command at a time in the outputs folder, and none that cannot end well."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution import outputs
from operation.execution.outputs import check_room, exclusive, foreign, hold
from operation.tests.parcels import load


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationError, match=r"Cannot write to the outputs folder .*file"), hold(tmp_path / "file"):
        pass


def test_a_disk_without_room_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "NEEDED_BYTES", 10**18)
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    with pytest.raises(OperationError, match=r"MB free.*invoke clean"), exclusive(configuration):
        pass


def test_a_disk_with_room_passes(tmp_path: Path) -> None:
    check_room(tmp_path)


def test_a_path_that_sqlite_would_refuse_is_refused_at_once(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["d" * 200] * 3)
    with pytest.raises(OperationError, match="longer than 440 bytes"), hold(folder):
        pass
    assert not folder.exists()


def test_a_path_that_sqlite_would_refuse_behind_a_link_is_refused_too(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path.joinpath(*["d" * 200] * 3))
    with pytest.raises(OperationError, match="longer than 440 bytes"), hold(link):
        pass


@pytest.mark.parametrize("name", ["a?b", "a%20b"])
def test_a_path_that_would_be_cut_or_changed_in_an_address_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"contains .*the address of MLflow's database"), hold(tmp_path / name):
        pass
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["a#b", "100%", "a b"])
def test_a_path_with_other_characters_is_used(name: str, tmp_path: Path) -> None:
    with hold(tmp_path / name):
        assert (tmp_path / name).is_dir()


def test_what_is_in_the_clone_outside_of_its_outputs_is_noted_as_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "ROOT", tmp_path)
    (tmp_path / "parcels" / "reports").mkdir(parents=True)
    with hold(tmp_path / "parcels"):
        assert foreign(tmp_path / "parcels") == ("reports",)
