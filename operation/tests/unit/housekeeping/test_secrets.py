"""The hook against secrets, with the arguments that commits use, on planted ones.

The plants are put together here, so that this file itself holds none.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SIGNATURE = "aB3dE5gH7jK9mN1pQ2" + "rS4tU6vW8xY0zA1bC3dE5fG7h%2BIj%3D"
PLANTS = {
    "a SAS URL": f"url: https://flights.blob.core.windows.net/raw?sv=2024-08-04&sr=c&sig={SIGNATURE}",
    "a SAS token": f'TOKEN = "sp=r&sig={SIGNATURE}"',
    "a storage account key": "DefaultEndpointsProtocol=https;AccountKey=" + "Ab1" * 28 + "Ab==",
    "an AWS key": "key = AKIA" + "IOSFODNN7" + "QWERTYU",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a password": 'client_secret = "' + "correct-horse-battery" + '"',
}
HARMLESS = {
    "a URL without a signature": "url: https://flights.blob.core.windows.net/raw?sv=2024-08-04&sr=c",
    "a short parameter named sig": "https://example.org/?sig=none",
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
def found(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the hook reports, of all plants and harmless lines, each in a file of its own."""
    folder = tmp_path_factory.mktemp("planted")
    files = {name: folder / f"{number}.py" for number, name in enumerate(PLANTS | HARMLESS)}
    for name, text in (PLANTS | HARMLESS).items():
        files[name].write_text(text + "\n", encoding="utf-8")
    command = [*entry(repository), *map(str, files.values())]
    result = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    reported = {Path(name).name for name in json.loads(result.stdout)["results"]}
    return {name for name, file in files.items() if file.name in reported}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_secret_is_found(name: str, found: set[str]) -> None:
    assert name in found


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_line_is_passed(name: str, found: set[str]) -> None:
    assert name not in found
