"""What the README says of rules, fields and output is what the code has."""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, PipelinesLocalError, print_check
from azure_pipelines_local.__main__ import main
from azure_pipelines_local.project import Project
from azure_pipelines_local.rules.table import RULES

PIPELINE = """parameters:
- {name: until, type: string, default: prd}
stages:
- stage: ${{ parameters.until }}
  jobs:
  - job: train
    steps:
    - script: python train.py
    - publish: model
      artifact: model
  - job: compare
    dependsOn: train
    steps:
    - download: current
      artifact: modle
    - script: python compare.py
"""
README = Path(__file__).parents[1] / "README.md"


def test_the_table_of_rules_is_that_of_the_code() -> None:
    rows = [f"| `{rule.name}` | {rule.default} | {rule.finds} |" for rule in RULES]
    table = "\n".join(["| rule | default | finds |", "|---|---|---|", *rows])
    assert f"\n{table}\n" in README.read_text(encoding="utf-8"), f"The table in README.md must be:\n{table}"


def test_every_part_of_a_project_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in Project.__dataclass_fields__ if f"| `{name}` |" not in text] == []


def test_the_example_of_a_check_is_what_is_printed(
    linters: Linters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert linters.shellcheck
    (tmp_path / "azure-pipelines.yml").write_text(PIPELINE, encoding="utf-8")
    with pytest.raises(PipelinesLocalError) as error:
        print_check(Project(tmp_path, environments=[linters.shellcheck.parents[1]]))
    printed = f"{capsys.readouterr().out}{error.value}"
    assert f"\n```\n{printed}\n```\n" in README.read_text(encoding="utf-8"), f"README.md must have:\n{printed}"


def test_the_example_of_an_expansion_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "azure-pipelines.yml").write_text(PIPELINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (words,) = (line.split()[1:] for line in README.read_text(encoding="utf-8").splitlines() if " expand azure" in line)
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("stages:\n- stage: dev\n")
