"""Which use cases the pipelines offer."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.pipelines.offered_use_cases import check_offered, offer, offering

PIPELINE = """\
parameters:
- name: until
  values: [dev, prd]
- name: use_case
  displayName: The use case to train
  type: string
  default: configured
  values: [configured, wine]  # what configuration.yaml names, or a package in src/
- name: minutes
  type: number
"""


def write(root: Path, pipeline: str, *names: str) -> None:
    (root / "azure-pipelines").mkdir()
    (root / "azure-pipelines" / "train.yml").write_text(pipeline, encoding="utf-8")
    (root / "azure-pipelines" / "ci.yml").write_text("steps: []\n", encoding="utf-8")
    (root / "configuration" / "use_cases").mkdir(parents=True)
    for name in names:
        (root / "configuration" / "use_cases" / f"{name}.yaml").touch()


@pytest.mark.parametrize(
    ("instead_of", "values"),
    [((), "[configured, churn, wine]"), (("wine",), "[configured, churn]")],
    ids=["beside another", "in place of another"],
)
def test_a_new_use_case_is_offered_and_nothing_else_changes(instead_of: tuple[str, ...], values: str) -> None:
    assert offer(PIPELINE, "churn", instead_of) == PIPELINE.replace("[configured, wine]", values)


def test_a_use_case_is_offered_once() -> None:
    assert offer(PIPELINE, "wine") == PIPELINE


def test_a_pipeline_that_offers_none_stays_as_it_is(tmp_path: Path) -> None:
    without = PIPELINE.replace("use_case", "case")
    assert offer(without, "churn") == without
    write(tmp_path, without, "churn")
    assert list(offering(tmp_path)) == []
    check_offered(tmp_path)


def test_a_use_case_that_no_pipeline_offers_is_named_with_the_line_to_change(tmp_path: Path) -> None:
    write(tmp_path, PIPELINE, "churn", "wine")
    message = r"^azure-pipelines/train.yml:8: .*not churn, .*Write: values: \[configured, churn, wine\]$"
    with pytest.raises(OperationError, match=message):
        check_offered(tmp_path)


def test_pipelines_that_offer_every_use_case_pass(tmp_path: Path) -> None:
    write(tmp_path, PIPELINE, "wine")
    check_offered(tmp_path)


def test_our_own_pipelines_offer_every_use_case(repository: Path) -> None:
    assert {"train.yml", "deploy.yml", "score.yml"} <= {path.name for path, _ in offering(repository)}
    check_offered(repository)
