"""The hook against secrets, with the arguments that commits use, on planted ones.

The plants are put together here, so that this file itself holds none.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

LETTERS = "aB3dE5gH7jK9mN1p" + "Q2rS4tU6vW8xY0z"
UUID = "0f8fad5b-d9cb-469f-a165-" + "70867728950e"
INSIGHTS = "Instrumentation" + "Key"
SIGNATURE = "aB3dE5gH7jK9mN1pQ2" + "rS4tU6vW8xY0zA1bC3dE5fG7h%2BIj%3D"
KINDS = ("py", "yaml", "sh")
PLANTS = {
    "a SAS URL": f"url: https://parcels.blob.core.windows.net/raw?sv=2024-08-04&sr=c&sig={SIGNATURE}",
    "a SAS token": f'TOKEN = "sp=r&sig={SIGNATURE}"',
    "a storage account key": "DefaultEndpointsProtocol=https;AccountKey=" + "Ab1" * 28 + "Ab==",
    "an AWS key": "key = AKIA" + "IOSFODNN7" + "QWERTYU",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "an Azure DevOps token": "AZURE_DEVOPS_EXT_PAT=" + "qk4xw7znb2vgt5h" * 3 + "mc6ylpr",
    "a newer Azure DevOps token": "pat: " + (LETTERS * 3)[:76] + "AZDO" + "1234",
    "an Azure DevOps token in base64": "header: Basic "
    + base64.b64encode(b":" + b"qk4xw7znb2vgt5h" * 3 + b"mc6ylpr").decode(),
    "the same alone": "value: " + base64.b64encode(b":" + b"qk4xw7znb2vgt5h" * 3 + b"mc6ylpr").decode(),
    "a newer one in base64": "v: " + base64.b64encode(f":{(LETTERS * 3)[:76]}AZDO1234".encode()).decode(),
    "a login behind its scheme": "git -c http.extraheader='Basic "
    + base64.b64encode(b"me:" + b"Tr0ub4dor&3ab").decode()
    + "'",
    "a connection string of Application Insights": f"{INSIGHTS}={UUID};IngestionEndpoint=https://n.in.example.org/",
    "the key of Application Insights": f'{INSIGHTS}: "{UUID}"',
    "a Databricks token": "host_token: dapi" + "0123456789abcdef" * 2 + "-2",
    "an Event Hubs key": "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKey=" + (LETTERS * 2)[:43] + "=",
    "a key of App Configuration": "Endpoint=https://n.azconfig.io;Id=a;Secret=" + (LETTERS * 2)[:43] + "=",
    "an account key alone": "key: " + (LETTERS * 3)[:86] + "==",
    "a newer Event Hubs key": "k: " + (LETTERS * 2)[:33] + "+AEh" + "BaB3dE=",
    "a key of Search": "admin: " + (LETTERS * 2)[:42] + "AzSe" + "CaB3dE",
    "a key of an AI service": "value: " + (LETTERS * 2)[:52] + "JQQJ99" + LETTERS[:26],
    "a registry's login": "docker log" + "in x.azurecr.io -u x -p " + (LETTERS * 2)[:42] + "+ACR" + "aB3dE5",
    "a function's key in a URL": "https://f.azurewebsites.net/api/x?code=" + (LETTERS * 2)[:54] + "==",
    "a function in a header": "x-functions-" + "key: " + (LETTERS * 2)[:54] + "==",
    "an Entra secret under a neutral key": "sp: aB3" + "8Q~" + (LETTERS * 2)[:34],
    "a conda token": "https://conda.example.org/t/ac-" + UUID + "/org",
    "a Teams webhook": f"https://x.webhook.office.com/webhookb2/{UUID}@{UUID}/IncomingWebhook/"
    + "ab12" * 8
    + f"/{UUID}",
    "a Hugging Face token": "token: hf_" + (LETTERS * 2)[:34],
    "a fine-grained GitHub token": "github_pat_" + LETTERS[:22] + "_" + (LETTERS * 2)[:59],
    "a Docker Hub token": "docker log" + "in -p dckr_pat_" + LETTERS[:27],
    "an OpenAI key": "key: sk-proj-" + (LETTERS * 3)[:60],
    "a signature at the start of a line": f"sig={SIGNATURE}",
    "the address of a flow": "https://a.logic.azure.com/workflows/b/triggers/run?sv=1.0&sig=" + (LETTERS * 2)[:43],
    "a key of SignalR": "Endpoint=https://n.service.signalr.net;Access" + "Key=" + (LETTERS * 2)[:43] + "=;Version=1.0",
    "a key of Event Grid": "k: " + (LETTERS * 2)[:33] + "AZEG" + "BaB3dE=",
    "a Discord webhook": "https://discord.com/api/webhooks/123456789012345678/" + LETTERS * 2 + "aB-3_dE5",
    "a token of another conda server": "https://quetz.example.org/t/" + LETTERS + "/get/main",
    "a token of conda": "ANACONDA_API_" + f"TOKEN=ac-{UUID}",
    "a GitHub token": "ghp" + "_" + (LETTERS * 2)[:36],
    "a GitLab token": "glpat" + "-" + LETTERS[:20],
    "an npm token": "npm_" + (LETTERS * 2)[:36],
    "an npm token in its file": "//registry.npmjs.org/:_auth" + f"Token={UUID}",
    "a PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" + LETTERS * 3,
    "an Anthropic key": "sk-ant-" + "api03-" + LETTERS * 3,
    "a Groq key": "gsk_" + (LETTERS * 2)[:52],
    "a LangSmith key": "lsv2_pt_" + "0123456789abcdef" * 2 + "_0123456789",
    "a Weights & Biases key": "wandb " + "login " + "0123456789" * 3 + "abcdefabcd",
    "a Slack webhook": "https://hooks.slack.com/services/" + "T0AB1CD2E/B0AB1CD2E/" + LETTERS[:24],
    "a JWT": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + (LETTERS * 2)[:43],
    "an OpenSSH key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "an encrypted key": "-----BEGIN ENCRYPTED " + "PRIVATE KEY-----",
    "a PuTTY key": "PuTTY-User-Key-" + "File-3: ssh-ed25519",
    "a key without its header": "MIIEvQ" + "IBADANBgkqhkiG9w0BAQEFAASC" + LETTERS * 2,
    "a user and password in a URL": "https://me:" + "Tr0ub4dor" + "@artifacts.example.org/simple",
    "a password alone in a URL": "rediss://:" + "Tr0ub4dor" + "@n.redis.cache.windows.net:6380/0",
    "a token in a URL": "https://" + LETTERS[:30] + "@dev.azure.com/organisation/project/_git/repository",
    "a URL of Snowflake": "snowflake://loader:" + "Tr0ub4dor" + "@ab12345.west-europe.azure/db",
    "a URL of Postgres": "postgresql+psycopg2://adm%40srv:" + "Tr0ub4dor" + "@srv.postgres.database.azure.com/mlflow",
    "a password of libpq": "host=srv dbname=x user=adm pass" + "word=Tr0ub4dor sslmode=require",
    "a password of JDBC": "jdbc:postgresql://srv/x?user=adm&pass" + "word=Tr0ub4dor",
    "a password of Redis": "n.redis.cache.windows.net:6380,pass" + "word=" + LETTERS + ",ssl=True",
    "a basic header": "Authori" + "zation: Basic " + "bWU6VHIwdWI0ZG9y",
    "a bearer header": "Authori" + "zation: Bearer " + LETTERS,
    "a login of curl": "curl " + "-u me:" + "Tr0ub4dor https://example.org",
    "an older login of a registry": "docker log" + "in x.azurecr.io -u x --password " + LETTERS,
    "an option": "tool --workspace-" + "key " + LETTERS,
    "a key of a workspace": "aml_workspace_" + "key: " + (LETTERS * 2)[:32],
    "a hexadecimal key": "AZURE_OPENAI_API_" + "KEY=" + "0123456789abcdef" * 2,
    "a key of capital letters": "search_admin_" + "key: " + (LETTERS * 2)[:32].upper(),
    "a UUID under such a name": "client_" + f"secret: {UUID}",
    "a passphrase": "pass" + "phrase: Tr0ub4dor",
    "a password in a notebook": '"pass' + 'word = \\"Tr0ub4dor\\"\\n",',
    "a key in a notebook": '"endpoint_' + 'key = \\"' + LETTERS + '9\\"\\n",',
    "a database": "Server=tcp:x.database.windows.net;User ID=a;Pass" + "word=Tr0ub4dor;",
    "a generated password, not quoted": "orders_pass" + "word: Xy7rB2qLw9Kd",
    "a password": 'client_secret = "' + "correct-horse-battery" + '"',
}
PLANTS |= {
    "a password of Redis with a slash": "rediss://:"
    + (LETTERS * 2)[:20]
    + "/"
    + (LETTERS * 2)[:22]
    + "=@n.example.org:6380",
    "a password of an ARM template": '"adminPass' + 'word": {"value": "Tr0ub4dor&3ab"},',  # JSON
    "a refresh token of Entra": "refresh: 0.A" + LETTERS * 3 + "." + LETTERS,
    "a token of Static Web Apps": "deploy: " + "0123456789abcdef" * 4 + f"2-{UUID}00412345",
    "a login of sqlcmd": "sqlcmd -S n.example.org -U me -P " + "Tr0ub4dor",
    "a login of mysql": "mysql -h n.example.org -u me -p" + "Tr0ub4dor",
    "a login of sshpass": "sshpass -p " + "Tr0ub4dor ssh me@n.example.org",
    "a login of a pipe": "echo " + "Tr0ub4dor3abc | docker log" + "in --password-stdin",
    "a login of PowerShell": "ConvertTo-Secure" + "String 'Tr0ub4dor' -AsPlainText -Force",
    "a .netrc": "machine n.example.org login me pass" + "word Tr0ub4dor",
    "a .pgpass": "n.example.org:5432:parcels:me:" + "Tr0ub4dor",
    "a hash of .htpasswd files": "me:$apr1$" + "ynGRuBLx$IvlXdeWd1Cv2m5gYNoLi7w",
    "a password of Bicep": "param adminPass" + "word string = 'x3OfpaqWHRmaCq8N'",
    "a password of Ansible": "ansible_ssh_" + "pass: kuIbmnTxQ5i8Of",
    "a key that is a UUID": f"HEROKU_API_KEY={UUID}",
    "a Mailgun key": "mail: key-" + "0123456789abcdef" * 2,
}
HARMLESS = {
    "a password from a pipe": "echo $PASSWORD2013 | docker log" + "in --password-stdin",
    "a variable of sshpass": "sshpass -p $" + "PASSWORD2013 ssh me@n.example.org",
    "a name that ends with pass": "second_pass: compare_rows_2013",
    "an expression of an ARM template": '"adminPass' + 'word": {"value": "[parameters(\'password2013\')]"}',
    "a variable of mysql": "mysql -h n.example.org -p$" + "PASSWORD2013; mysql -p",
    "a version": "version: 1.A2b3 and 0.Ab",
    "a URL without a signature": "url: https://parcels.blob.core.windows.net/raw?sv=2024-08-04&sr=c",
    "a short parameter named sig": "https://example.org/?sig=none",
    "a UUID": f"subscription_id: {UUID}",
    "a commit": "git revert " + "0a1b2c3d" * 5,
    "a hash": "its SHA-256 is " + "0123456789abcdef" * 4,
    "a hash of a lock": "    --hash=sha256:" + "0123456789abcdef" * 4,
    "the hash of a package": "the integrity is sha512-" + (LETTERS * 4)[:86] + "==",
    "a key that is an expression": "key = recipe_of(step, inputs_2013_01_02).key_of_the_cache_2013",
    "a name in place of a token": "token: name-of-a-secret-in-the-key-vault",
    "a URL with the name of a user": "https://organisation-of-somebody@dev.azure.com/organisation/project/_git/x",
    "a variable in a login": "docker log" + "in x.azurecr.io -u x -p $(registryPassword)",
    "a variable in a header": "Authori" + "zation: Bearer $(System.AccessToken)",
    "an argument of a call": "connect(host=host, user=user, pass" + "word=passwords[host])",
    "a conda file's name": "https://conda.example.org/t/a-folder/x.yml",
    "a long word": "a" * 51 + " " + "b" * 53,
    "a pipeline's variable in a connection string": "Server=x;Pass" + "word=$(password);",
    "words behind Basic": "Basic understanding_of_internationalization2013",
    "a variable of Application Insights": f"{INSIGHTS}=$(insights);IngestionEndpoint=https://n.in.example.org/",
    "a name that begins as a token": "hf_transfer: dapi_version",
    "an argument of a name with digits": "connect(host=host, pass"
    + "word=passwordsOf2013[host], pwd=Settings2013.last)",
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
def found(repository: Path, measured: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the hook reports, of all plants and harmless lines, each in a file of its own."""
    folder = tmp_path_factory.mktemp("planted")
    files = {
        (name, kind): folder / f"{number}.{kind}" for number, name in enumerate(PLANTS | HARMLESS) for kind in KINDS
    }
    for (name, _), file in files.items():
        file.write_text((PLANTS | HARMLESS)[name] + "\n", encoding="utf-8")
    command = [*entry(repository), *map(str, files.values())]
    result = subprocess.run(command, cwd=repository, env=measured, capture_output=True, text=True, check=False)
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
