"""The lock command with the real resolver, on a project of three packages."""

import shutil
from pathlib import Path

import pytest

from operation.housekeeping import lock, pins

SETUP = """REQUIREMENTS = ["iniconfig==2.0.0"]
EXTRAS = {"dev": ["pluggy>=1.5"], "azure": [], "infrastructure": [], "serving": ["packaging==25.0"]}
"""
TOOL = """[project]
name = "kit"
dependencies = ["termcolor>=2.4"]
optional-dependencies = { linters = ["toolz>=1.0"] }
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "script.py").write_text("import pluggy\n", encoding="utf-8")
    (tmp_path / "src" / "score.py").write_text("import iniconfig\n", encoding="utf-8")
    (tmp_path / "setup.py").write_text(SETUP, encoding="utf-8")
    (tmp_path / "tools" / "kit").mkdir(parents=True)
    (tmp_path / "tools" / "kit" / "pyproject.toml").write_text(TOOL, encoding="utf-8")
    for name in (pins.ENVIRONMENT_A, pins.ENVIRONMENT_B, pins.ENVIRONMENT_C):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"dependencies:\n{pins.PIP_SECTION}", encoding="utf-8")
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    assert lock.main(["--write"]) == 0
    return tmp_path


def test_what_was_written_agrees(project: Path) -> None:
    assert lock.main([]) == 0
    assert "iniconfig==2.0.0" in (project / pins.ENVIRONMENT_A).read_text(encoding="utf-8")
    assert "packaging" not in (project / pins.ENVIRONMENT_B).read_text(encoding="utf-8")
    serving = (project / pins.ENVIRONMENT_C).read_text(encoding="utf-8").splitlines()[2:]
    assert serving == ["      - iniconfig==2.0.0", "      - packaging==25.0"]


def test_a_tool_is_installed_from_its_folder_and_its_requirements_are_locked(project: Path) -> None:
    developers = (project / pins.ENVIRONMENT_A).read_text(encoding="utf-8").splitlines()
    assert developers[-1] == "      - --editable ./tools/kit"
    assert any(line.startswith("      - termcolor==") for line in developers)
    locks = {each.name: (project / each.name).read_text(encoding="utf-8") for each in (lock.DEFAULT, lock.ADO)}
    assert all("termcolor==" in text for text in locks.values())
    assert [name for name, text in locks.items() if "toolz==" in text] == [lock.ADO.name]


def test_a_deleted_tool_fails_the_check_until_it_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(project / "tools")
    assert lock.main([]) == 1
    message = capsys.readouterr().err
    assert all(name in message for name in (lock.DEFAULT.name, pins.ENVIRONMENT_A, lock.REMEDY))
    lock.main(["--write"])
    assert lock.main([]) == 0
    assert "kit" not in (project / pins.ENVIRONMENT_A).read_text(encoding="utf-8")


def test_a_changed_bound_fails_the_check_until_it_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "setup.py").write_text(SETUP.replace("2.0.0", "2.1.0"), encoding="utf-8")
    assert lock.main([]) == 1
    message = capsys.readouterr().err
    assert all(name in message for name in (lock.DEFAULT.name, lock.AZURE.name, pins.ENVIRONMENT_A, lock.REMEDY))
    assert lock.main(["--write"]) == 0
    assert lock.main([]) == 0


def test_only_an_upgrade_moves_a_version_that_still_fits(project: Path) -> None:
    (project / "setup.py").write_text(SETUP.replace("==2.0.0", ">=2.0.0"), encoding="utf-8")
    lock.main(["--write"])
    assert "iniconfig==2.0.0" in (project / lock.DEFAULT.name).read_text(encoding="utf-8")
    lock.main(["--upgrade"])
    assert "iniconfig==2.0.0" not in (project / lock.DEFAULT.name).read_text(encoding="utf-8")


def test_requirements_that_contradict_each_other_change_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project / lock.DEFAULT.name).read_bytes()
    (project / "setup.py").write_text(SETUP.replace("pluggy>=1.5", "iniconfig==2.1.0"), encoding="utf-8")
    assert lock.main(["--write"]) == 1
    assert "setup.py could not be resolved" in capsys.readouterr().err
    assert (project / lock.DEFAULT.name).read_bytes() == before


def test_a_server_that_contradicts_the_locks_changes_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (project / pins.ENVIRONMENT_C).read_bytes()
    (project / "setup.py").write_text(SETUP.replace("packaging==25.0", "pytest==6.2.0"), encoding="utf-8")
    (project / "src" / "score.py").write_text("import pluggy\n", encoding="utf-8")
    assert lock.main(["--write"]) == 1
    assert "pytest==6.2.0" in capfd.readouterr().err
    assert (project / pins.ENVIRONMENT_C).read_bytes() == before
