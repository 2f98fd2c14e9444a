"""The values that cross rooms: frozen and complete, so that nothing is looked up later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

RunStatus = Literal["running", "completed", "failed", "cancelled"]
Command = Callable[[str], str]  # from words to the command that people type: `Configuration.command`
Verdict = Literal["promote", "register", "refuse"]
ServiceState = Literal["ready", "starting", "failed", "stopped"]
# The kind of a run, its tag "kind"; a trial has the name of its sweep in the tag SWEEP.
SWEEP, TRIAL = "sweep", "trial"
VALIDATIONS = ("validate-raw", "validate-prepared")  # the steps that check data, and the folders of their results


@dataclass(frozen=True)
class Step:
    """One script with its arguments.

    `script` is a path in the repository: a core script of `src/`, which may run anywhere, or a package of `operation/`,
    which runs here. `files` are what it reads of the repository beside the code that it imports. `inputs` and `outputs`
    map an option of the script to the name of a folder: one step's output is another's input. Where the folders are is
    the backend's business, so a plan needs no backend.
    """

    name: str
    script: str
    arguments: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    files: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read back what `dataclasses.asdict` and JSON made of a step: JSON has lists where a step has tuples."""
        arguments = {option: tuple(words) for option, words in values["arguments"].items()}
        return cls(**{**values, "arguments": arguments, "files": tuple(values["files"])})

    def argv(self, folders: Mapping[str, str]) -> list[str]:
        """Build the script's command line, with each folder's name replaced by its path in `folders`."""
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
class RunGroup:
    """Runs that belong together, by their ids, as the trials of a sweep do; the rest describes them as a whole."""

    name: str
    runs: tuple[str, ...]
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class StepEvent:
    """What happened to a step of a run; `note` is the last line it printed, `reason` why it had to run.

    A reused step was not started; a stopped one was, until another failed. One that is working has printed something.
    `seconds` is how long it took where it ran, if that is known there: a job is looked at now and then, and its steps
    are seen to begin and to end at the same look.
    """

    step: str
    state: Literal["started", "working", "completed", "reused", "failed", "stopped"]
    note: str = ""
    reason: str = ""
    seconds: float | None = field(default=None, compare=False)  # a measurement, the same for no two events


@dataclass(frozen=True)
class Evidence:
    """What is known of a completed run of the whole chain, read once from its folder.

    `lineage` says where the run comes from, `configuration` is the whole one it ran with, and `champion_version` the
    version that its model was compared with, None where there was none. `evaluation` is the `metrics.json` of
    `src/evaluate.py` with its `quality.json`, `prepared` the `metrics.json` of `src/prepare.py`, and `features` are the
    names that the model reads, in order.
    Equal models have equal `model_sha256`.
    `warnings` are the expectations that the data did not meet, but none that is critical, each in one line.
    """

    run: Run
    lineage: Mapping[str, str]
    configuration: Mapping[str, Any]
    champion_version: int | None
    evaluation: Mapping[str, Any]
    prepared: Mapping[str, Any]
    features: tuple[str, ...]
    model_sha256: str = ""
    warnings: tuple[str, ...] = ()


MONITORING = "monitoring."  # begins the tags of a version that remember what monitoring decided


@dataclass(frozen=True)
class ModelVersion:
    """A registered model: files that never change again, with the lineage that says where they come from."""

    name: str
    version: int
    run: str
    tags: Mapping[str, str] = field(default_factory=dict)
    champion: bool = False


@dataclass(frozen=True)
class Hosting:
    """What a service runs on: `cluster` is the name of a cluster, and empty for a container group of its own."""

    cpu_cores: float
    memory_gb: float
    cluster: str = ""


PROBE = "probe-"  # begins the ids of our own requests, by which the request log tells them from those of clients


@dataclass(frozen=True)
class Service:
    """A name with an address that stays, and the versions of a model that answer there.

    `traffic` has the percent of the requests that each version there takes; one that waits takes 0. `note` says what
    people should know of the state, for instance why the service failed. `ended` are the versions there that no longer
    run, as far as that can be seen.
    """

    name: str
    address: str
    traffic: Mapping[int, int]
    state: ServiceState
    note: str = ""
    ended: Sequence[int] = ()


@dataclass(frozen=True)
class Health:
    """What a version of a service has answered so far: how often, how often by HTTP 5xx, and the slowest 1 % in ms."""

    requests: int
    errors: int
    p99_ms: float


@dataclass(frozen=True)
class Decision:
    """The gate's verdict on a candidate, and the reason for it."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Leftover:
    """Something that a killed command did not finish; `clear` deletes it or ends it."""

    name: str
    clear: Callable[[], None]
