"""Ask the service for its preview of a pipeline, in one request that runs nothing.

Source: https://learn.microsoft.com/rest/api/azure/devops/pipelines/preview/preview
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from azure_pipelines_local.errors import PipelinesLocalError

VERSION = "7.1"
RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"  # Azure DevOps, for which `az` gets a token
SECONDS = 60.0
PERSONAL, OF_A_JOB = "AZURE_DEVOPS_EXT_PAT", "SYSTEM_ACCESSTOKEN"


@dataclass(frozen=True)
class Definition:
    """The pipeline in an organisation whose preview is asked for; its own file need not be this one."""

    organization: str  # https://dev.azure.com/NAME
    project: str
    number: int

    @property
    def address(self) -> str:
        """Return where its preview is asked for."""
        start = self.organization.rstrip("/")
        return f"{start}/{quote(self.project)}/_apis/pipelines/{self.number}/preview?api-version={VERSION}"


@dataclass(frozen=True)
class Answer:
    """The pipeline as the service expands it, or else why it refuses it."""

    final: str = ""
    refusal: str = ""


class _NoRedirects(HTTPRedirectHandler):
    """Follow nothing: the service sends those whom it does not know to a page where they sign in."""

    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        """Return no request, so that the answer is an error."""


def ask(
    definition: Definition, text: str, parameters: Mapping[str, str], variables: Mapping[str, str], branch: str
) -> Answer:
    """Ask what the service makes of this text, with templates from the branch there.

    Raises:
        PipelinesLocalError: nobody is signed in, or the service cannot be reached, or answers something else.
    """
    if not definition.organization.startswith(("https://", "http://127.0.0.1:")):
        raise PipelinesLocalError(f"--organization {definition.organization}: https://dev.azure.com/NAME is expected.")
    body: dict[str, Any] = {"previewRun": True, "yamlOverride": text, "templateParameters": dict(parameters)}
    body["variables"] = {name: {"value": value} for name, value in variables.items()}
    body["resources"] = {"repositories": {"self": {"refName": branch}}}
    headers = {"Content-Type": "application/json", "Authorization": _authorization(os.environ)}
    request = Request(definition.address, json.dumps(body).encode(), headers, method="POST")  # noqa: S310  # checked above
    try:
        with build_opener(_NoRedirects).open(request, timeout=SECONDS) as response:
            return _read(response.read(), definition)
    except HTTPError as error:
        with error:
            return _refused(error, definition)
    except (URLError, TimeoutError) as error:
        raise PipelinesLocalError(f"{definition.organization} cannot be reached: {error}.") from error


def _read(content: bytes, definition: Definition) -> Answer:
    try:
        return Answer(final=str(json.loads(content)["finalYaml"]))
    except (ValueError, KeyError, TypeError) as error:
        message = f"{definition.address} answers with something else than a preview; is the address right?"
        raise PipelinesLocalError(message) from error


def _refused(error: HTTPError, definition: Definition) -> Answer:
    if error.code in (302, 401, 403):
        expected = f"sign in by `az login`, or set {PERSONAL} to a token that may read and run pipelines"
        raise PipelinesLocalError(f"{definition.organization} does not know who asks ({error.code}); {expected}.")
    try:
        said = str(json.loads(error.read())["message"])
    except (ValueError, KeyError, TypeError):
        said = ""
    if error.code != 400 or not said:
        expected = "are organization, project and the number of the pipeline right?"
        raise PipelinesLocalError(f"{definition.address} answers {error.code} {said}".rstrip() + f"; {expected}")
    return Answer(refusal=said)


def _authorization(environment: Mapping[str, str]) -> str:
    if token := environment.get(PERSONAL):
        return f"Basic {base64.b64encode(f':{token}'.encode()).decode()}"
    return f"Bearer {environment.get(OF_A_JOB) or _token_of_az()}"


def _token_of_az() -> str:
    program = shutil.which("az")
    words = ["account", "get-access-token", "--resource", RESOURCE, "--query", "accessToken", "--output", "tsv"]
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False) if program else None
    if done is None or done.returncode or not done.stdout.strip():
        raise PipelinesLocalError(f"Nobody is signed in: run `az login`, or set {PERSONAL}.")
    return done.stdout.strip()
