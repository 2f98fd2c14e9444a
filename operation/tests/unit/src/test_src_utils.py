"""How a core script finds the two secrets."""

import pytest

import utils

VARIABLES = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZUREML_WORKSPACE_KEY")


@pytest.fixture(autouse=True)
def _environment_with_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, f"value of {variable}")


def test_the_service_principal_is_read_from_the_environment() -> None:
    found = utils.service_principal()
    assert (found.tenant_id, found.client_id) == ("value of AZURE_TENANT_ID", "value of AZURE_CLIENT_ID")
    assert found.client_secret.endswith("AZURE_CLIENT_SECRET")


def test_the_workspace_key_is_read_from_the_environment() -> None:
    assert utils.workspace_key() == "value of AZUREML_WORKSPACE_KEY"


def test_the_client_secret_is_not_part_of_what_a_log_would_show() -> None:
    assert "value of AZURE_CLIENT_SECRET" not in f"{utils.service_principal()!r} {utils.service_principal()}"


@pytest.mark.parametrize("variable", VARIABLES[:3])
def test_a_missing_part_of_the_service_principal_is_named_and_only_it(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(utils.MissingSecretError) as caught:
        utils.service_principal()
    assert [name for name in VARIABLES if name in str(caught.value)] == [variable]
    assert "value of" not in str(caught.value)


def test_an_empty_workspace_key_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_WORKSPACE_KEY", "")
    with pytest.raises(utils.MissingSecretError, match="set the environment variable AZUREML_WORKSPACE_KEY"):
        utils.workspace_key()


def test_a_missing_secret_also_tells_its_name_in_the_key_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with pytest.raises(utils.MissingSecretError, match="the secret azure-client-secret in the workspace's key vault"):
        utils.service_principal()


def test_in_a_job_too_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking the key vault would import azureml, which raises here."""
    monkeypatch.setenv("AZUREML_RUN_ID", "some-run")
    assert utils.workspace_key() == "value of AZUREML_WORKSPACE_KEY"
    monkeypatch.delenv("AZUREML_WORKSPACE_KEY")
    with pytest.raises(ImportError, match="azureml"):
        utils.workspace_key()
