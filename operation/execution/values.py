"""The values that cross rooms: frozen and complete, so that nothing is looked up later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

RunStatus = Literal["running", "completed", "failed", "cancelled"]
Verdict = Literal["promote", "register", "refuse"]


@dataclass(frozen=True)
class Step:
    """One script with its arguments.

    `script` is a path in the repository: a core script of `src/`, which may run anywhere, or a package of `operation/`,
    which runs here. `files` are what it reads of the repository beside the code that it imports. `inputs` and `outputs`
    map an option of the script to the name of a folder: what one step puts out is what another takes in. Where the
    folders are is the backend's business, so a plan needs no backend.
    """

    name: str
    script: str
    arguments: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    files: tuple[str, ...] = ()

    def argv(self, folders: Mapping[str, str]) -> list[str]:
        """The script's command line, with the folders' names replaced by where they are."""
        words: list[str] = []
        for option, name in {**self.inputs, **self.outputs}.items():
            words += [option, folders[name]]
        for option, values in self.arguments.items():
            words += [option, *values]
        return words


@dataclass(frozen=True)
class Run:
    """Steps that were submitted together. `folder` holds their outputs, one folder for each name."""

    id: str
    status: RunStatus
    folder: Path
    failure: str = ""


@dataclass(frozen=True)
class StepEvent:
    """What happened to a step of a run; `note` is the last line it printed, `reason` why it had to run.

    A reused step was not started; a stopped one was, until another failed. One that is working has printed something.
    """

    step: str
    state: Literal["started", "working", "completed", "reused", "failed", "stopped"]
    note: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ModelVersion:
    """A registered model: files that never change again, with the lineage that tells where they come from."""

    name: str
    version: int
    run: str
    tags: Mapping[str, str] = field(default_factory=dict)
    champion: bool = False


@dataclass(frozen=True)
class Decision:
    """What the gate says of a candidate, and why."""

    verdict: Verdict
    reason: str
