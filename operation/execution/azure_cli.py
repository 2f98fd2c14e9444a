"""The Azure CLI, asked as a program with a list of arguments; what fails becomes one line with its remedy."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from operation.errors import OperationError

PATIENCE = 120.0  # seconds for a question; a deployment has no limit
LONGEST = 400  # characters of the CLI's own words
LOGGED_OUT = ("az login", "AADSTS")  # in what the CLI says where it is not logged in, or no longer
NOT_LOGGED_IN = "The Azure CLI is not logged in, or no longer: run az login."
NO_ANSWER = "Azure did not answer: check the network, and try again later."
# What stands in the CLI's words, and what to do then; the first that is found counts. Cases do not.
REMEDIES = {
    **dict.fromkeys(LOGGED_OUT, NOT_LOGGED_IN),
    "Max retries exceeded": NO_ANSWER,
    "Connection aborted": NO_ANSWER,
    "timed out": NO_ANSWER,
}
UPGRADE = "Update it (az upgrade), or see what the same command prints."
QUIET = "--only-show-errors"
Json = dict[str, Any]


class AzureCliError(OperationError):
    """The CLI is not there, or ended with an error; `said` holds its own words."""

    def __init__(self, message: str, said: str = "") -> None:
        """`message` is for people."""
        super().__init__(message)
        self.said = said

    @property
    def logged_out(self) -> bool:
        """Whether it is for want of a login that Azure was not asked."""
        return any(sign.lower() in self.said.lower() for sign in LOGGED_OUT)


@dataclass(frozen=True)
class AzureCli:
    """The program that PATH finds."""

    program: str

    @classmethod
    def found(cls) -> "AzureCli":
        """Raise AzureCliError if there is none."""
        program = shutil.which("az")
        if program is None:
            raise AzureCliError("The Azure CLI (az) is not on PATH: install it, and run az login.")
        return cls(program)

    def mapping(
        self,
        doing: str,
        *arguments: str,
        remedies: Mapping[str, str] | None = None,
        patience: float | None = PATIENCE,
    ) -> Json:
        """The JSON object that the CLI answers. `doing` completes "Cannot ...".

        Raises:
            AzureCliError: it failed, or answered something else.
        """
        text = self.text(doing, *arguments, "--output", "json", remedies=remedies, patience=patience)
        answer = decoded(text)
        if not isinstance(answer, dict):
            raise unexpected(doing, "JSON object", text)
        return answer

    def mappings(self, doing: str, *arguments: str, remedies: Mapping[str, str] | None = None) -> list[Json]:
        """The list of JSON objects that the CLI answers; raises as `mapping` does."""
        text = self.text(doing, *arguments, "--output", "json", remedies=remedies, patience=PATIENCE)
        answer = decoded(text)
        if not are_mappings(answer):
            raise unexpected(doing, "list of JSON objects", text)
        return answer

    def text(
        self, doing: str, *arguments: str, remedies: Mapping[str, str] | None = None, patience: float | None = None
    ) -> str:
        """What the CLI prints; `remedies` come before those that hold for every question.

        Raises:
            AzureCliError: it failed, does not start, or did not end within `patience` seconds.
        """
        command = [self.program, *arguments, QUIET]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise AzureCliError(
                f"Cannot {doing}: az did not answer within {error.timeout:.0f} s. {NO_ANSWER}"
            ) from error
        except OSError as error:
            raise AzureCliError(f"Cannot {doing}: {self.program} does not start: {error.strerror}.") from error
        if done.returncode:
            raise AzureCliError(complaint(doing, done.stderr, {**(remedies or {}), **REMEDIES}), done.stderr)
        return done.stdout


def decoded(text: str) -> Any:
    """The JSON value; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def are_mappings(value: Any) -> TypeGuard[list[Json]]:
    """Whether it is a list of JSON objects."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def unexpected(doing: str, wanted: str, text: str) -> AzureCliError:
    """The error that az ended well, and answered something else."""
    return AzureCliError(
        f"Cannot {doing}: az answered no {wanted}, but {shortened(text) or 'nothing'}. {UPGRADE}", text
    )


def text_at(answer: Json, doing: str, *keys: str) -> str:
    """The text under these keys, one within the other; raises AzureCliError if there is none."""
    value: Any = answer
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise AzureCliError(f"Cannot {doing}: az's answer has no {'.'.join(keys)}. {UPGRADE}")
    return value


def complaint(doing: str, said: str, remedies: Mapping[str, str]) -> str:
    """One line: what could not be done, what to do about it if that is known, and the CLI's own words."""
    remedy = next((remedy for sign, remedy in remedies.items() if sign.lower() in said.lower()), "")
    return f"Cannot {doing}. {remedy}{' ' if remedy else ''}(az says: {innermost(said)})"


def innermost(said: str) -> str:
    """The most telling sentence of an error: the last message in a deployment's nested JSON, else the first line."""
    plain = re.sub(r"\\+(?:r\\+n|n)", " ", said).replace('\\"', '"').replace("\\", "")
    messages = re.findall(r'"code":\s*"(\w+)"[^{}]*?"message":\s*"([^"{]+)', plain)
    if messages:
        return shortened(": ".join(messages[-1]))
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("WARNING")]
    return shortened(re.sub(r"^ERROR:\s*", "", lines[0]) if lines else "nothing")


def shortened(text: str) -> str:
    """The text in one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."
