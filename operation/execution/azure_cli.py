"""Call the Azure CLI; a failure becomes one line with its remedy.

The CLI holds the login (a person's, or a pipeline's without any secret), so this needs no Azure package and no token.
"""

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
LOGGED_OUT = ("az login", "AADSTS")  # phrases of the CLI when nobody is logged in, or the login has expired
NOT_LOGGED_IN = "The Azure CLI is not logged in, or its login has expired: run az login."
NO_ANSWER = "Azure did not answer: check the network and try again later."
# Remedies by phrase in the CLI's message, whatever its case; the first one found is shown.
REMEDIES = {
    **dict.fromkeys(LOGGED_OUT, NOT_LOGGED_IN),
    "Max retries exceeded": NO_ANSWER,
    "Connection aborted": NO_ANSWER,
    "timed out": NO_ANSWER,
}
UPGRADE = "Update it (az upgrade), or run the same command to see what it prints."
QUIET = "--only-show-errors"
Json = dict[str, Any]


class AzureCliError(OperationError):
    """The CLI is not installed, or failed; `said` holds its own words."""

    def __init__(self, message: str, said: str = "") -> None:
        """Take the message for people and, if there are any, the CLI's words."""
        super().__init__(message)
        self.said = said

    @property
    def logged_out(self) -> bool:
        """Whether the CLI failed only because nobody is logged in."""
        return any(sign.lower() in self.said.lower() for sign in LOGGED_OUT)


@dataclass(frozen=True)
class AzureCli:
    """The CLI as found on PATH."""

    program: str

    @classmethod
    def found(cls) -> "AzureCli":
        """Find the CLI; raises AzureCliError if there is none."""
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
        """Return the JSON object that a command prints. `doing` completes "Cannot ..." in messages.

        Raises:
            AzureCliError: it failed, or printed something else.
        """
        # Named, because a person may have set another format as their CLI's default.
        text = self.text(doing, *arguments, "--output", "json", remedies=remedies, patience=patience)
        answer = parse_json(text)
        if not isinstance(answer, dict):
            raise unexpected(doing, "JSON object", text)
        return answer

    def mappings(self, doing: str, *arguments: str, remedies: Mapping[str, str] | None = None) -> list[Json]:
        """Return the list of JSON objects that a command prints; raises as `mapping` does."""
        text = self.text(doing, *arguments, "--output", "json", remedies=remedies, patience=PATIENCE)
        answer = parse_json(text)
        if not are_mappings(answer):
            raise unexpected(doing, "list of JSON objects", text)
        return answer

    def text(
        self, doing: str, *arguments: str, remedies: Mapping[str, str] | None = None, patience: float | None = None
    ) -> str:
        """Return what a command prints; `remedies` take precedence over the general ones.

        Raises:
            AzureCliError: it failed, could not be started, or took longer than `patience` seconds.
        """
        command = [self.program, *arguments, QUIET]  # quiet: warnings about updates would mix with what it says
        try:
            # Without stdin: an extension to install, or a login, would otherwise wait for an answer nobody sees.
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise AzureCliError(
                f"Cannot {doing}: az did not answer within {error.timeout:.0f} s. {NO_ANSWER}"
            ) from error
        except OSError as error:
            raise AzureCliError(f"Cannot {doing}: {self.program} cannot be started: {error.strerror}.") from error
        if done.returncode:
            raise AzureCliError(complaint(doing, done.stderr, {**(remedies or {}), **REMEDIES}), done.stderr)
        return done.stdout


def parse_json(text: str) -> Any:
    """Parse JSON; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def are_mappings(value: Any) -> TypeGuard[list[Json]]:
    """Whether it is a list of JSON objects."""
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def unexpected(doing: str, wanted: str, text: str) -> AzureCliError:
    """Return the error for a command that succeeded and printed something else."""
    return AzureCliError(
        f"Cannot {doing}: az should print a {wanted}, and printed {shorten(text) or 'nothing'}. {UPGRADE}", text
    )


def text_at(answer: Json, doing: str, *keys: str) -> str:
    """Return the text under these nested keys; raises AzureCliError if there is none."""
    value: Any = answer
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise AzureCliError(f"Cannot {doing}: az's answer has no {'.'.join(keys)}. {UPGRADE}")
    return value


def complaint(doing: str, said: str, remedies: Mapping[str, str]) -> str:
    """Return one line: what could not be done, the remedy if one is known, and the CLI's own words."""
    remedy = next((remedy for sign, remedy in remedies.items() if sign.lower() in said.lower()), "")
    return f"Cannot {doing}. {remedy}{' ' if remedy else ''}(az says: {innermost_message(said)})"


def innermost_message(said: str) -> str:
    """Return the most specific message of an error: the last in a deployment's nested JSON, else the first line.

    A failed deployment prints JSON inside strings inside JSON, several levels deep, and only the innermost error says
    what happened. It is not always valid JSON, so this searches it with the escapes taken out.
    """
    plain = re.sub(r"\\+(?:r\\+n|n)", " ", said).replace('\\"', '"').replace("\\", "")
    messages = re.findall(r'"code":\s*"(\w+)"[^{}]*?"message":\s*"([^"{]+)', plain)
    if messages:
        return shorten(": ".join(messages[-1]))
    # Warnings, such as that of a new version, may come before the error.
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("WARNING")]
    return shorten(re.sub(r"^ERROR:\s*", "", lines[0]) if lines else "nothing")


def shorten(text: str) -> str:
    """Return the text in one line of limited length."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."
