"""The values that a client shares with the process of its workspace. This imports nothing that is slow to import."""

from collections.abc import Mapping
from dataclasses import dataclass

ANNOUNCED = "OFFLINE_WORKSPACE"  # the environment variable that says that there is a workspace


@dataclass(frozen=True)
class Place:
    """The names that lead to an offline workspace: the subscription's id, its resource group's and its own."""

    subscription: str
    resource_group: str
    workspace: str

    @classmethod
    def announced(cls, environment: Mapping[str, str]) -> "Place":
        """That of the workspace whose exports the environment holds; raises KeyError if there is none."""
        return cls(environment["OFFLINE_SUBSCRIPTION"], environment["OFFLINE_RESOURCE_GROUP"], environment[ANNOUNCED])


@dataclass(frozen=True)
class Request:
    """One request and its answer; `rule` is the route that served it, empty if there is none."""

    method: str
    host: str
    path: str
    status: int
    rule: str
    seconds: float


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` requests whose "METHOD /path" has a match of the regular expression `route`.

    `delay` (seconds) comes first; then the connection is dropped, or `status` answered, or, without either, the
    request is served. With `after` it is served in any case, and the client does not learn it: its answer is lost.
    `token_seconds` is for the token route: the token that it hands out lives so long. `code` names the error.
    """

    route: str
    status: int = 0
    delay: float = 0.0
    drop: bool = False
    after: bool = False
    token_seconds: int = 0
    times: int = 1
    code: str = "PlantedFault"
