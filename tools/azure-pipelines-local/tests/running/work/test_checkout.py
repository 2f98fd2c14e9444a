"""The step `checkout`: where it clones to, and that it empties no folder but its own."""

from pathlib import Path

import pytest
from running.conftest import Execute

LINK = "{checkout: none}, {script: 'rmdir $(Build.SourcesDirectory); ln -s KEPT $(Build.SourcesDirectory)'}, "


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder of the user with a file in it."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("precious", encoding="utf-8")
    return tmp_path / "kept"


@pytest.mark.parametrize(
    ("before", "path"),
    [("", "KEPT"), ("", "../../../../../../kept"), (LINK, "s")],
    ids=["absolute", "relative", "link"],
)
def test_a_checkout_leaves_a_folder_outside_of_the_job_alone(
    before: str, path: str, kept: Path, execute: Execute
) -> None:
    ran = execute(f"steps: [{before}{{checkout: self, path: {path}}}]".replace("KEPT", str(kept)))
    assert "must be a folder of the job for sources" in ran.shown
    assert (kept / "file").read_text(encoding="utf-8") == "precious"
    assert ran.result("Job") == "Failed"


@pytest.mark.parametrize("path", [".", "s/..", "..", "../..", "../../..", "a", "b/sub", "_temp/az", "TestResults"])
def test_a_checkout_leaves_other_folders_of_the_run_alone(path: str, execute: Execute) -> None:
    ran = execute(f"steps: [{{checkout: self, path: {path}}}]")
    assert f"checkout: `path` must be a folder of the job for sources, such as s/app, not '{path}'." in ran.shown
    assert (ran.folder / "work" / "__default.Job" / "TestResults").is_dir()


@pytest.mark.parametrize("path", ["s", "s/app", "app", "s/../app"])
def test_a_checkout_clones_into_a_folder_below_that_of_the_job_and_steps_start_there(
    path: str, execute: Execute
) -> None:
    say = 'ls $PWD/pipeline.yml; test $PWD = "$(System.DefaultWorkingDirectory)" -a $PWD = "$(Build.SourcesDirectory)"'
    ran = execute(f"steps: [{{checkout: self, path: {path}}}, {{script: '{say}'}}]")
    place = {"s": "s", "s/app": "s/app", "app": "app", "s/../app": "app"}[path]
    assert f"/__default.Job/{place}/pipeline.yml" in ran.log("__default.Job", 2)
    assert ran.failure == ""
