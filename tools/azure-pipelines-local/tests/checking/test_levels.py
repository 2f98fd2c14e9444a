"""The file that sets levels: what it may say, and that a wrong one stops the check."""

from pathlib import Path

import pytest
from azure_pipelines_local.__main__ import main
from azure_pipelines_local.checking.levels import read_levels
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.rules.table import RULES


def written(folder: Path, text: str, name: str = "azure-pipelines") -> Path:
    """Write the file of levels; the name "." stands for the root."""
    (folder / name).mkdir(exist_ok=True)
    (folder / name / ".rules.yaml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_every_rule_has_its_default(tmp_path: Path) -> None:
    assert read_levels(tmp_path) == {rule.name: rule.default for rule in RULES}


def test_a_file_sets_the_rules_that_it_names(tmp_path: Path) -> None:
    levels = read_levels(written(tmp_path, "job-timeout: error  # no job waits for ever\nshellcheck: off\n"))
    assert (levels["job-timeout"], levels["shellcheck"], levels["job-pool"]) == ("error", "off", "off")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "job-timout: error\n",
            "azure-pipelines/.rules.yaml:1:1: there is no rule 'job-timout'; did you mean 'job-timeout'?",
        ),
        ("job-timeout: eror\n", "azure-pipelines/.rules.yaml:1:14: there is no level 'eror'; did you mean 'error'?"),
        ("job-timeout: 3\n", "there is no level '3'; a level is one of error, warning, off."),
        ("job-timeout: [error]\n", "there is no level 'a structure'"),
        ("invalid-pipeline: off\n", "'invalid-pipeline' is always an error; leave it out."),
        ("[job-timeout]\n", "`RULE: LEVEL` is expected, a line for each rule."),
        ("job-timeout: error\njob-timeout: off\n", "the key 'job-timeout' appears twice"),
    ],
)
def test_a_wrong_file_is_refused_where_it_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PipelinesLocalError) as error:
        read_levels(written(tmp_path, text))
    assert message in str(error.value)


def test_two_files_are_refused(tmp_path: Path) -> None:
    written(written(tmp_path, "shellcheck: off\n"), "shellcheck: off\n", ".azuredevops")
    with pytest.raises(PipelinesLocalError, match=r"azure-pipelines/\.rules\.yaml and in \.azuredevops/\.rules\.yaml"):
        read_levels(tmp_path)


def test_the_file_beside_a_pipeline_in_the_root_is_read(tmp_path: Path) -> None:
    assert read_levels(written(tmp_path, "job-timeout: error\n", "."))["job-timeout"] == "error"


def test_a_misspelt_rule_beside_a_pipeline_in_the_root_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "azure-pipelines.yml").write_text("steps:\n- bash: echo hello\n", encoding="utf-8")
    written(tmp_path, "job-timout: error\n", ".")
    assert main(["check", "--root", str(tmp_path), "--linters", "off"]) == 1
    told = ".rules.yaml:1:1: there is no rule 'job-timout'; did you mean 'job-timeout'?\n"
    assert capsys.readouterr().err == told


def test_a_file_in_the_root_and_one_in_a_folder_are_refused(tmp_path: Path) -> None:
    written(written(tmp_path, "shellcheck: off\n"), "shellcheck: off\n", ".")
    both = r"^Levels of rules are in \.rules\.yaml and in azure-pipelines/\.rules\.yaml: keep one of these files\.$"
    with pytest.raises(PipelinesLocalError, match=both):
        read_levels(tmp_path)
