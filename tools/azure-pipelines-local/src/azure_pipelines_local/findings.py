"""Hold what a rule finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError

Level = Literal["error", "warning", "off"]
LEVELS: tuple[Level, ...] = ("error", "warning", "off")
INVALID = "invalid-pipeline"  # the rule of what cannot be read or expanded, which nothing switches off


@dataclass(frozen=True, order=True)
class Finding:
    """One fault in one line: where it is, what is wrong and expected, and which rule says so."""

    place: Place
    message: str
    rule: str = ""
    level: Level = "error"

    @classmethod
    def of(cls, error: PipelineError) -> "Finding":
        """Take over the error's place and message."""
        return cls(error.place, error.message)

    def __str__(self) -> str:
        warning = "warning: " if self.level == "warning" else ""
        return f"{self.place}: {warning}{self.message}" + (f" [{self.rule}]" if self.rule else "")


@contextmanager
def name_rule() -> Iterator[None]:
    """End what refuses a pipeline with the name of its rule, as `check` does; not what refuses a given parameter."""
    try:
        yield
    except PipelineError as error:
        if not error.place.line:
            raise
        raise PipelineError(error.place, f"{error.message} [{INVALID}]") from error
