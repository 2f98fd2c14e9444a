"""What the README says of rules is what the code has."""

from pathlib import Path

from azure_pipelines_local.project import Project
from azure_pipelines_local.rules.table import RULES

README = Path(__file__).parents[1] / "README.md"


def test_the_table_of_rules_is_that_of_the_code() -> None:
    rows = [f"| `{rule.name}` | {rule.default} | {rule.finds} |" for rule in RULES]
    table = "\n".join(["| rule | default | finds |", "|---|---|---|", *rows])
    assert f"\n{table}\n" in README.read_text(encoding="utf-8"), f"The table in README.md must be:\n{table}"


def test_every_part_of_a_project_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in Project.__dataclass_fields__ if f"| `{name}` |" not in text] == []
