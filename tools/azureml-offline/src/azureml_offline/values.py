"""The values that a client shares with the process of its workspace; cheap to import."""

from collections.abc import Mapping
from dataclasses import dataclass

ANNOUNCED = "OFFLINE_WORKSPACE"  # the environment variable with the name of a workspace that is there


@dataclass(frozen=True)
class Place:
    """The names that lead to a workspace: the subscription's id, the names of its resource group and of itself."""

    subscription: str
    resource_group: str
    workspace: str

    @classmethod
    def announced(cls, environment: Mapping[str, str]) -> "Place":
        """Return the place of the workspace that these variables lead to; raises KeyError if they lead to none."""
        return cls(environment["OFFLINE_SUBSCRIPTION"], environment["OFFLINE_RESOURCE_GROUP"], environment[ANNOUNCED])


@dataclass(frozen=True)
class Request:
    """A request and its answer; `rule` is the route that served it, empty if no route did."""

    method: str
    host: str
    path: str
    status: int
    rule: str
    seconds: float


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` requests whose "METHOD /path" matches the regular expression `route`.

    First they wait for `delay` seconds. Then the connection is dropped (`drop`), or `status` is the answer, with `code`
    as the name of the error; with neither, the request is served. With `after` it is served in any case, but its answer
    is lost, so that the client cannot know. At the token route, `token_seconds` is how long the token lives.
    """

    route: str
    status: int = 0
    delay: float = 0.0
    drop: bool = False
    after: bool = False
    token_seconds: int = 0
    times: int = 1
    code: str = "PlantedFault"
