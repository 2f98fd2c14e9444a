"""A run as the services share it: history describes it, jobs make it happen."""

from dataclasses import dataclass, field
from threading import Event
from typing import Any

ENDED = ("Completed", "Failed", "Canceled")


@dataclass
class Run:
    """`record` is what history answers; `definition` the run configuration of a submitted run.

    `cancelled` is set when somebody asks for its end.
    """

    record: dict[str, Any]
    experiment: str
    definition: dict[str, Any] = field(default_factory=dict)
    cancelled: Event = field(default_factory=Event)

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.record["runId"])

    @property
    def container(self) -> str:
        """Where its artifacts are."""
        return str(self.record["dataContainerId"])

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.record["status"] in ENDED
