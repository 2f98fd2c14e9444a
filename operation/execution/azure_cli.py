"""The Azure CLI, asked as a program with a list of arguments; what fails becomes one line with its remedy."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operation.errors import OperationError

PATIENCE = 120.0  # seconds for a question; a deployment has no limit
LONGEST = 400  # characters of the CLI's own words
LOG_IN = "az login"  # in what the CLI says where it is not logged in
NOT_LOGGED_IN = "The Azure CLI is not logged in, or no longer: run az login."
NO_ANSWER = "Azure did not answer: check the network, and try again later."
# What stands in the CLI's words, and what to do then; the first that is found counts. Cases do not.
REMEDIES = {
    LOG_IN: NOT_LOGGED_IN,
    "AADSTS": NOT_LOGGED_IN,
    "Max retries exceeded": NO_ANSWER,
    "Connection aborted": NO_ANSWER,
    "timed out": NO_ANSWER,
}
QUIET = "--only-show-errors"


class AzureCliError(OperationError):
    """The CLI is not there, or ended with an error; `said` holds its own words."""

    def __init__(self, message: str, said: str = "") -> None:
        """`message` is for people."""
        super().__init__(message)
        self.said = said


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

    def json(self, doing: str, *arguments: str, remedies: Mapping[str, str] | None = None) -> Any:
        """What the CLI answers as JSON; None for an empty answer. `doing` completes "Cannot ...".

        Raises:
            AzureCliError: it failed, or answered something else.
        """
        text = self.text(doing, *arguments, "--output", "json", remedies=remedies, patience=PATIENCE)
        try:
            return json.loads(text) if text.strip() else None
        except ValueError as error:
            raise AzureCliError(f"Cannot {doing}: az answered no JSON, but {shortened(text)}", text) from error

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
