"""What a run is queued with, beside its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Queued:
    """What someone says of a run; what is left empty is that of a run by hand, on main or on what is checked out.

    `variables` are those of the queue, or predefined ones, which Azure DevOps alone knows; `repositories` are folders
    with clones of other repositories, by their names in `resources`.
    """

    reason: str = ""  # such as Schedule
    branch: str = ""  # in full: refs/heads/main
    variables: Mapping[str, str] = field(default_factory=dict)
    repositories: Mapping[str, Path] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the variables, in lower case."""
        return frozenset(name.lower() for name in self.variables)


BY_HAND = Queued()
