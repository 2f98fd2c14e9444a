"""The hook against secrets, with the arguments that commits use, on planted ones.

The plants are put together here, so that this file itself holds none.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

LETTERS = "aB3dE5gH7jK9mN1p" + "Q2rS4tU6vW8xY0z"
UUID = "0f8fad5b-d9cb-469f-a165-" + "70867728950e"
SIGNATURE = "aB3dE5gH7jK9mN1pQ2" + "rS4tU6vW8xY0zA1bC3dE5fG7h%2BIj%3D"
KINDS = ("py", "yaml", "sh")
PLANTS = {
    "a SAS URL": f"url: https://flights.blob.core.windows.net/raw?sv=2024-08-04&sr=c&sig={SIGNATURE}",
    "a SAS token": f'TOKEN = "sp=r&sig={SIGNATURE}"',
    "a storage account key": "DefaultEndpointsProtocol=https;AccountKey=" + "Ab1" * 28 + "Ab==",
    "an AWS key": "key = AKIA" + "IOSFODNN7" + "QWERTYU",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "an Azure DevOps token": "AZURE_DEVOPS_EXT_PAT=" + "qk4xw7znb2vgt5h" * 3 + "mc6ylpr",
    "a newer Azure DevOps token": "pat: " + (LETTERS * 3)[:76] + "AZDO" + "1234",
    "a Databricks token": "host_token: dapi" + "0123456789abcdef" * 2 + "-2",
    "an Event Hubs key": "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKey=" + (LETTERS * 2)[:43] + "=",
    "a key of App Configuration": "Endpoint=https://n.azconfig.io;Id=a;Secret=" + (LETTERS * 2)[:43] + "=",
    "an account key alone": "key: " + (LETTERS * 3)[:86] + "==",
    "a newer Event Hubs key": "k: " + (LETTERS * 2)[:33] + "+AEh" + "BaB3dE=",
    "a key of Search": "admin: " + (LETTERS * 2)[:42] + "AzSe" + "CaB3dE",
    "a key of an AI service": "value: " + (LETTERS * 2)[:52] + "JQQJ99" + LETTERS[:26],
    "a registry's login": "docker login x.azurecr.io -u x " + "-p " + (LETTERS * 2)[:42] + "+ACR" + "aB3dE5",
    "a function's key in a URL": "https://f.azurewebsites.net/api/x?code=" + (LETTERS * 2)[:54] + "==",
    "a function in a header": "x-functions-" + "key: " + (LETTERS * 2)[:54] + "==",
    "an Entra secret under a neutral key": "sp: aB3" + "8Q~" + (LETTERS * 2)[:34],
    "a conda token": "https://conda.example.org/t/ac-" + UUID + "/org",
    "a Teams webhook": f"https://x.webhook.office.com/webhookb2/{UUID}@{UUID}/IncomingWebhook/"
    + "ab12" * 8
    + f"/{UUID}",
    "a Hugging Face token": "token: hf_" + (LETTERS * 2)[:34],
    "a fine-grained GitHub token": "github_pat_" + LETTERS[:22] + "_" + (LETTERS * 2)[:59],
    "a Docker Hub token": "docker login -p dckr_pat_" + LETTERS[:27],
    "an OpenAI key": "key: sk-proj-" + (LETTERS * 3)[:60],
    "a database": "Server=tcp:x.database.windows.net;User ID=a;Pass" + "word=Tr0ub4dor;",
    "a password": 'client_secret = "' + "correct-horse-battery" + '"',
}
HARMLESS = {
    "a URL without a signature": "url: https://flights.blob.core.windows.net/raw?sv=2024-08-04&sr=c",
    "a short parameter named sig": "https://example.org/?sig=none",
    "a UUID": f"subscription_id: {UUID}",
    "a long word": "a" * 51 + " " + "b" * 53,
    "a pipeline's variable in a connection string": "Server=x;Pass" + "word=$(password);",
    "a name that begins as a token": "hf_transfer: dapi_version",
    "a variable": 'client_secret = environ["AZURE_CLIENT_SECRET"]',
}


def entry(repository: Path) -> list[str]:
    """The command of the hook, as .pre-commit-config.yaml has it, with this environment's Python."""
    configuration = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"]: hook for repo in configuration["repos"] for hook in repo["hooks"]}
    program, *arguments = hooks["detect-secrets"]["entry"].split()
    assert program == "detect-secrets-hook"
    return [sys.executable, "-m", "detect_secrets.pre_commit_hook", *arguments, "--json"]


@pytest.fixture(scope="module")
def found(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the hook reports, of all plants and harmless lines, each in a file of its own."""
    folder = tmp_path_factory.mktemp("planted")
    files = {
        (name, kind): folder / f"{number}.{kind}" for number, name in enumerate(PLANTS | HARMLESS) for kind in KINDS
    }
    for (name, _), file in files.items():
        file.write_text((PLANTS | HARMLESS)[name] + "\n", encoding="utf-8")
    command = [*entry(repository), *map(str, files.values())]
    result = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    reported = {Path(name).name for name in json.loads(result.stdout)["results"]}
    return {planted for planted, file in files.items() if file.name in reported}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_secret_is_found(name: str, kind: str, found: set[tuple[str, str]]) -> None:
    assert (name, kind) in found


@pytest.mark.parametrize("kind", ["py", "yaml"])
@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_line_is_passed(name: str, kind: str, found: set[tuple[str, str]]) -> None:
    assert (name, kind) not in found
