"""Which command lines need azureml-core."""

from pathlib import Path

import pytest

from operation.sdk import BACKENDS, backend, named_environments, needs_sdk

LINES = [
    (["train"], []),
    (["train", "--environment", "dev"], ["dev"]),
    (["train", "--environment=dev"], ["dev"]),
    (["train", "-e", "dev"], ["dev"]),
    (["train", "-e=dev"], ["dev"]),
    (["train", "-edev"], ["dev"]),
    (["train", "--environment"], [""]),
    (["train", "--environments", "dev"], []),
    (["promote", "--from", "dev", "--to=prd"], ["dev", "prd"]),
    (["setup", "-e", "dev", "models", "-e", "prd"], ["dev", "prd"]),
]


@pytest.mark.parametrize(("argv", "names"), LINES, ids=lambda each: " ".join(each) or "none")
def test_an_environment_is_found_as_invoke_takes_it(argv: list[str], names: list[str]) -> None:
    assert list(named_environments(argv)) == names


@pytest.mark.parametrize(
    ("environment", "needed"), [("dev", True), ("prd", True), ("emulator", True), ("local", False), ("stage", False)]
)
def test_the_backend_of_the_environment_decides(environment: str, needed: bool, repository: Path) -> None:
    assert needs_sdk(repository, ["train", "--environment", environment]) == needed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("backend:\n  kind: azureml  # there\n", "azureml"),
        ("backend:\n    outputs: outputs\n    kind: 'emulator'\n", "emulator"),
        ("backend:\n  # kind: azureml\n  kind: local\n", "local"),
        ("backend:\n  of_kind: azureml\n", ""),
    ],
)
def test_the_kind_is_read_as_people_write_it(text: str, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "configuration" / "environments"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    assert backend(tmp_path, "mine") == kind


def test_those_backends_are_the_ones_that_lead_to_azureml(repository: Path) -> None:
    folder = repository / "operation" / "execution" / "backends"
    leading = {file.parent.name for file in folder.glob("*/*.py") if "require_sdk" in file.read_text(encoding="utf-8")}
    assert set(BACKENDS) == leading
