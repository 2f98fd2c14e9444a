"""Which offline workspace a service connection leads to."""

from pathlib import Path

import pytest

from operation.execution.pipelines.workspaces import OfflineWorkspaces

IDS = ["alone", "apostrophe", "quote", "backslash", "comment"]
BEFORE = [
    "",
    "cat <<EOF\nit's\nEOF\n",
    'cat <<EOF\nsay "\nEOF\n',
    "cat <<EOF\nend\\",
    "# invoke train --environment prd\n",
]


@pytest.mark.parametrize("before", BEFORE, ids=IDS)
def test_the_workspace_is_found_in_a_script_whatever_documents_are_in_it(before: str, tmp_path: Path) -> None:
    for name in ("dev", "prd"):
        file = tmp_path / "configuration" / "environments" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"backend: {{subscription_id: '1', resource_group: rg, workspace: {name}}}", encoding="utf-8")
    script = f"{before}\ninvoke train --environment 'dev'\n"
    assert OfflineWorkspaces().named(script, tmp_path) == ("1", "rg", "dev")


@pytest.mark.parametrize(
    "text", ["", "backend: [", "[backend]", "backend: dev", "backend: {subscription_id: '1', resource_group: rg}"]
)
def test_a_wrong_configuration_names_no_workspace(text: str, tmp_path: Path) -> None:
    (tmp_path / "configuration" / "environments").mkdir(parents=True)
    (tmp_path / "configuration" / "environments" / "dev.yaml").write_text(text, encoding="utf-8")
    assert OfflineWorkspaces().named("invoke train --environment dev", tmp_path) is None


def test_a_workspace_has_the_names_that_it_is_given_and_a_token() -> None:
    with OfflineWorkspaces().start(("11111111-2222-3333-4444-555555555555", "rg", "mlw-ours")) as workspace:
        assert (workspace.resource_group, workspace.name) == ("rg", "mlw-ours")
        assert workspace.token
        assert "AZURE_CLIENT_SECRET" not in workspace.environment
        assert workspace.environment["HTTPS_PROXY"].startswith("http://127.0.0.1:")
