"""What a check finds."""

from dataclasses import dataclass

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: where it is, and what is wrong and expected, in one line."""

    place: Place
    message: str

    @classmethod
    def of(cls, error: PipelineError) -> "Finding":
        """What the error says."""
        return cls(error.place, str(error).removeprefix(f"{error.place}: "))

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
