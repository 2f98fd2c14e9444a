"""Choose how this machine signs in to Azure: one order for every command, and no secret in any message.

1. A service principal in the environment, under the names people set or under those of Azure Pipelines' task
   AzureCLI@2 with `addSpnToEnvironment`.
2. The login of the Azure CLI: from `az login` on a laptop, or from that task with workload identity federation.
3. A login in the browser, only where a person is at a terminal.

`invoke doctor` prints this order and which of the three are available.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from operation.errors import OperationError

PEOPLE_SET = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
TASK_SETS = ("tenantId", "servicePrincipalId", "servicePrincipalKey")
FEDERATED = "idToken"  # set by the task instead of a key: the CLI is logged in with it already


@dataclass(frozen=True)
class ServicePrincipal:
    """An identity with a secret of its own; `source` names the variables it was read from."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)  # a traceback or a log prints reprs
    source: str

    def __str__(self) -> str:
        """Return who it is and where it comes from, without the secret."""
        return f"service principal {self.client_id} ({self.source})"


@dataclass(frozen=True)
class AzureCli:
    """Whoever is logged in with the Azure CLI."""

    program: str

    def __str__(self) -> str:
        """Return which CLI holds the login."""
        return f"login of the Azure CLI ({self.program})"


@dataclass(frozen=True)
class Interactive:
    """A person in a browser; `tenant_id` chooses among several directories, "" leaves the choice to them."""

    tenant_id: str

    def __str__(self) -> str:
        """Return it in words."""
        return "login in the browser"


Identity = ServicePrincipal | AzureCli | Interactive


def identity(
    environment: Mapping[str, str] = os.environ,
    find_program: Callable[[str], str | None] = shutil.which,
    terminal: bool | None = None,
) -> Identity:
    """Return who would sign in from here, without contacting Azure.

    Raises:
        OperationError: nobody can, or a service principal is incomplete; the message names what to set.
    """
    return _first(_ways(environment, find_program, terminal))


def sign_in(
    environment: Mapping[str, str] = os.environ,
    find_program: Callable[[str], str | None] = shutil.which,
    terminal: bool | None = None,
) -> str:
    """Return in one line who would sign in, and which of the three ways are available; raises as `identity` does."""
    # All three at once: who wonders why somebody else signs in sees which way came first.
    ways = list(_ways(environment, find_program, terminal))
    order = [f"{number}. {way} ({'yes' if found else 'no'})" for number, (way, found) in enumerate(ways, start=1)]
    return f"{_first(ways)}. Order: {', '.join(order)}"


def _ways(
    environment: Mapping[str, str], find_program: Callable[[str], str | None], terminal: bool | None
) -> Iterator[tuple[str, Identity | None]]:
    """Yield the ways to sign in, in order, each with the identity it would give here."""
    yield "service principal set", _principal(environment, PEOPLE_SET) or _principal(environment, TASK_SETS)
    program = find_program("az")
    yield "Azure CLI installed", AzureCli(program) if program else None
    seated = sys.stdin.isatty() if terminal is None else terminal
    # Without a terminal a browser would open on a machine where nobody looks, and the command would wait for ever.
    yield "browser from a terminal", Interactive(_value(environment, "AZURE_TENANT_ID")) if seated else None


def _first(ways: Iterable[tuple[str, Identity | None]]) -> Identity:
    for _, found in ways:
        if found:
            return found
    raise OperationError(
        f"Nobody can sign in to Azure from here. 1. Set {', '.join(PEOPLE_SET)} to a service principal, 2. install the "
        "Azure CLI and run: az login, or 3. start this from a terminal, to log in with the browser."
    )


def _principal(environment: Mapping[str, str], names: tuple[str, str, str]) -> ServicePrincipal | None:
    """Return the service principal in these variables; None if there is none.

    A tenant alone is none: it also chooses the directory of a browser login. An incomplete one is an error and not
    None, because the next way would sign in as somebody else without a word.
    """
    tenant, client, secret = (_value(environment, name) for name in names)
    # The task always sets the client, and with federation no key: then the CLI is logged in, and is the way.
    if not (client or secret) or (names == TASK_SETS and not secret and environment.get(FEDERATED)):
        return None
    missing = [name for name, value in zip(names, (tenant, client, secret), strict=True) if not value]
    if missing:
        raise OperationError(
            f"The service principal in the environment is incomplete: set {', '.join(missing)} as well, or unset "
            f"{', '.join(name for name in names if name not in missing)} to use the Azure CLI's login. In Azure "
            "Pipelines a secret variable reaches a script only through `env:`."
        )
    return ServicePrincipal(tenant, client, secret, ", ".join(names))


def _value(environment: Mapping[str, str], name: str) -> str:
    """Return the variable's value. Azure Pipelines passes `$(NAME)` on as it is where NAME is not defined: no value."""
    value = environment.get(name, "").strip()
    return "" if value.startswith("$(") and value.endswith(")") else value
