"""Get tokens from the login of the Azure CLI, which is called as a program.

The SDK's own AzureCliAuthentication imports the CLI as a package of its own environment, where the CLI of a laptop or
of an agent is not.
"""

import subprocess
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

PATIENCE = 60.0  # seconds that the CLI has to answer in
FRESH = 240.0  # seconds that a token is used without asking again: the CLI gives none that ends within five minutes
LOG_IN = "It is not logged in, or no longer: az login"
NOT_SEEN = (
    "Its login does not see the subscription: check subscription_id, or log in to its directory: az login --tenant"
)
NO_ANSWER = "Azure's sign-in did not answer: try again later."
PASSING = ("Max retries exceeded", "Connection aborted", "timed out")
PAUSES = (1.0, 3.0)  # seconds before the second attempt and the third
REMEDIES = {
    **dict.fromkeys(PASSING, NO_ANSWER),
    "AADSTS700024": "The login of this pipeline's task has run out: follow the run from a new task AzureCLI@2.",
    "in cloud 'Azure": NOT_SEEN,
    "Check the spelling": NOT_SEEN,
}
LONGEST = 300  # characters of the CLI's own words


@dataclass
class CliTokens:
    """Tokens of the CLI's login for one subscription: with several directories, that one's is taken."""

    program: str
    subscription_id: str
    _kept: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __call__(self, audience: str) -> str:
        """Get a token for the audience.

        Raises:
            OperationError: the CLI gives none; the message says what to do.
        """
        with self._lock:  # the SDK asks from several threads
            # Each call of the CLI takes a second or two, and the SDK wants a token for every request.
            until, token = self._kept.get(audience, (0.0, ""))
            if time.monotonic() >= until:
                token = self._ask(audience)
                self._kept[audience] = (time.monotonic() + FRESH, token)
        return token

    def get_token(self, scope: str, **_options: Any) -> "AccessToken":
        """Get one for clients that name a scope, an audience with `/.default` behind it, as azure-core wants it."""
        from azure.core.credentials import AccessToken

        return AccessToken(self(scope.removesuffix("/.default")), int(time.time() + FRESH))

    def _ask(self, audience: str) -> str:
        for pause in (*PAUSES, 0.0):
            done = self._run(audience)
            token = done.stdout.strip()
            if token and not done.returncode:
                return token
            if not any(sign in done.stderr for sign in PASSING):
                break  # such as nobody being logged in, which no second attempt changes
            time.sleep(pause)
        raise OperationError(self._complaint(" ".join(done.stderr.split())))

    def _run(self, audience: str) -> "subprocess.CompletedProcess[str]":
        command = [self.program, "account", "get-access-token", "--resource", audience]
        command += ["--subscription", self.subscription_id, "--query", "accessToken", "--output", "tsv"]
        try:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OperationError(f"The Azure CLI ({self.program}) does not answer: {error}.") from error

    def _complaint(self, said: str) -> str:
        remedy = next((remedy for sign, remedy in REMEDIES.items() if sign in said), LOG_IN)
        return f"The Azure CLI ({self.program}) gives no token. {remedy} (It says: {said[:LONGEST]})"
