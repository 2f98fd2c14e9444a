"""The lock command with the real resolver, on a project of two packages."""

from pathlib import Path

import pytest

from operation import lock, pins

SETUP = """REQUIREMENTS = ["iniconfig==2.0.0"]
EXTRAS = {"dev": ["pluggy>=1.5"], "azure": []}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "script.py").write_text("import pluggy\n", encoding="utf-8")
    (tmp_path / "setup.py").write_text(SETUP, encoding="utf-8")
    for name in (pins.ENVIRONMENT_A, pins.ENVIRONMENT_B):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"dependencies:\n{pins.PIP_SECTION}", encoding="utf-8")
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    assert lock.main(["--write"]) == 0
    return tmp_path


def test_what_was_written_agrees(project: Path) -> None:
    assert lock.main([]) == 0
    assert "iniconfig==2.0.0" in (project / pins.ENVIRONMENT_A).read_text(encoding="utf-8")
    assert "iniconfig" not in (project / pins.ENVIRONMENT_B).read_text(encoding="utf-8")


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
