"""The sections of `configuration/*.yaml` and the type of every key."""

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo

from operation.execution.configuration.alert_sections import Monitoring
from operation.execution.configuration.section import (
    LONGEST_SERVICE,
    MOST,
    Choices,
    Count,
    ExperimentName,
    ModelName,
    Names,
    Seconds,
    Section,
    ServiceName,
    Tolerance,
    Value,
    VariableName,
)
from operation.execution.configuration.taken_names import NO_CACHES

ROOT = Path(__file__).resolve().parents[3]
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # becomes part of a file's name


def _at_least_one(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty list."""
    if not names:
        raise ValueError("must name at least one table")
    return names


def _plain(name: str) -> str:
    if not PLAIN.fullmatch(name):
        raise ValueError("must be a plain name: a letter or _, then letters, digits, _ and -")
    return name


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names; raises ValueError, which pydantic reports by the key, for one that stands twice."""
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise ValueError(f"{twice} stands twice")
    return names


class KnownDefect(Section):
    """One value of the source that is known to be wrong, and is replaced by null when the data are fetched.

    `key` maps key columns to the values that identify the row; timestamps are written as ISO 8601 with their zone.
    """

    table: str
    key: dict[str, Value]
    column: str
    value: Value
    reason: str

    def __str__(self) -> str:
        """Read as a line for people."""
        row = ", ".join(f"{name} {value}" for name, value in self.key.items())
        return f"{self.table}.{self.column} {self.value} ({row}): {self.reason}"


def _of_tables(defects: tuple[KnownDefect, ...], info: ValidationInfo) -> tuple[KnownDefect, ...]:
    """Refuse a defect of a table that is not read: it would never be corrected, without a word."""
    tables = info.data.get("tables", ())
    for defect in defects:
        if tables and defect.table not in tables:
            raise ValueError(f"there is no table {defect.table!r} in data.tables, which are {', '.join(tables)}")
    return defects


class Data(Section):
    """Where the raw tables come from."""

    source: str
    tables: Annotated[
        tuple[Annotated[str, AfterValidator(_plain)], ...],
        Field(strict=False),
        AfterValidator(distinct),
        AfterValidator(_at_least_one),
    ]
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    known_defects: Annotated[tuple[KnownDefect, ...], Field(strict=False), AfterValidator(_of_tables)]


class Parameters(Section):
    """Values for the parameters that a core script declares; a subclass has a field for each."""

    def __getitem__(self, name: str) -> Any:
        """Return the value of the parameter."""
        return getattr(self, name)


class Slices(Section):
    """How much worse than the champion's the gate's metric may be in any slice of at least so many rows."""

    least_rows: Count
    not_worse: Tolerance


def _not_below_least(gain: float, info: ValidationInfo) -> float:
    if gain < info.data.get("least_gain", 0):
        raise ValueError(f"no gain could be promoted, as gate.least_gain is {info.data['least_gain']:.15g}")
    return gain


class Gate(Section):
    """Who is registered, and who becomes champion; `declared.configuration_model` adds which metrics there are."""

    metric: str
    confidence: float
    least_gain: Tolerance
    largest_gain: Annotated[float, Field(gt=0, allow_inf_nan=False), AfterValidator(_not_below_least)]
    at_least: dict[str, float]
    at_most: dict[str, float]
    too_good: dict[str, float]
    not_worse: dict[str, Tolerance]
    slices: Slices


class Card(Section):
    """What the model card says that no data can: who answers for the model, what it is for, and the units of columns.

    "" is not stated. `declared.configuration_model` adds which columns there are.
    """

    owner: str
    intended_use: str
    units: dict[str, str]


class Sweep(Section):
    """What `invoke sweep` tries: `parameters` maps keys of the section training to the values to choose from.

    No trial begins when `minutes` have passed, or once so many trials in a row (`early_stopping_trials`) were
    not better than the best before them; 0 stands for no limit.
    """

    search: Literal["random", "grid"]
    trials: Count
    minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0
    early_stopping_trials: Annotated[int, Field(ge=0)] = 0
    parameters: Annotated[dict[str, Choices], Field(min_length=1)]


def _path(text: str) -> str:
    """Refuse what a shell would read otherwise, and what breaks a line of a log."""
    if text.startswith("~"):
        raise ValueError("must be a whole path, for ~ is not replaced by a home folder")
    if not text.strip() or not text.isprintable():
        raise ValueError("must be a path without control characters, and not empty")
    return text


def _follow(path: Path) -> Path:
    """Follow links, as `Path.resolve` does; it would raise RuntimeError for those that lead in circles."""
    return Path(os.path.realpath(path))


def _not_the_clone(outputs: str) -> str:
    """Refuse the repository itself: verbs write and delete folders there."""
    if _follow(ROOT / outputs) == ROOT:
        raise ValueError("must be a folder of its own, not that of the repository")
    return outputs


def _of_its_own(cache: str, info: ValidationInfo) -> str:
    """Refuse a cache that is the outputs folder, lies above it, or in a folder for something else."""
    outputs = _follow(ROOT / info.data.get("outputs", ""))
    place = _follow(outputs / cache)
    inside = place.relative_to(outputs).parts if place.is_relative_to(outputs) else ("elsewhere",)
    taken = outputs.is_relative_to(place) or inside[0] in NO_CACHES
    if taken or (ROOT / "src" / inside[0] / "use_case.py").is_file():
        others = ", ".join([*NO_CACHES, "that of a use case"])
        raise ValueError(f"must be a folder of its own, not the outputs folder, one above it, or one of {others}")
    return cache


OutputsFolder = Annotated[str, AfterValidator(_path), AfterValidator(_not_the_clone)]
CacheFolder = Annotated[str, AfterValidator(_path), AfterValidator(_of_its_own)]


class RequestLog(Section):
    """What is kept of requests: a share of them, with the values of these features, for so many days."""

    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    features: Annotated[Names, AfterValidator(distinct)]
    keep_days: Count


class Serving(Section):
    """How a version is served and watched: the limits of a request, and when a new version is taken back."""

    service: ServiceName
    port: Annotated[int, Field(ge=0, le=65535)]
    key: VariableName
    most_bytes: Count
    most_rows: Count
    queue: Count
    deadline_seconds: Seconds
    request_log: RequestLog
    start_seconds: Seconds
    watch_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    most_p99_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    most_errors: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


Kept = Annotated[int, Field(ge=0, le=MOST)]


class Retention(Section):
    """How much of each kind is kept, the newest; 0 keeps all. Runs of registered versions stay beside those."""

    runs: Kept
    data_docs: Kept
    sweeps: Kept
    backtests: Kept
    cache_megabytes: Kept


class ServiceHosting(Section):
    """What a service of a workspace runs on: a cluster of Kubernetes, or, if `cluster` is empty, a container group."""

    cpu_cores: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    memory_gb: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    cluster: str


class LocalSettings(Section):
    """This machine."""

    kind: Literal["local"]
    outputs: OutputsFolder
    cache: CacheFolder


class Compute(Section):
    """A cluster of Azure ML. With `least_nodes` 0 it costs nothing while nothing runs."""

    name: str
    vm_size: str
    priority: Literal["dedicated", "lowpriority"]
    least_nodes: Annotated[int, Field(ge=0)]
    most_nodes: Count
    idle_seconds: Count
    node_cost_per_hour: Annotated[float, Field(ge=0)]


class AzureMLSettings(Section):
    """An Azure ML workspace; names only, never a secret. What a run puts out comes to this machine's folder, too."""

    kind: Literal["azureml"]
    outputs: OutputsFolder
    cache: CacheFolder
    subscription_id: str
    resource_group: str
    workspace: str
    compute: Compute
    hosting: ServiceHosting


class EmulatorSettings(Section):
    """An offline workspace on this machine; with `reuse_environment`, its jobs run in this very Python environment."""

    kind: Literal["emulator"]
    outputs: OutputsFolder
    cache: CacheFolder
    reuse_environment: bool
    compute: Compute
    hosting: ServiceHosting


class Configuration(Section):
    """Everything `configuration.yaml`, one use case, one environment and `--set` say together.

    What core scripts declare is here without its types and bounds: `declared.configuration_model` adds them.
    """

    use_case: str
    experiment: ExperimentName
    model: ModelName
    seed: int
    threads: int
    memory_mb: int
    data: Data
    split: Parameters
    preparation: Parameters
    training: Parameters
    evaluation: Parameters
    gate: Gate
    sweep: Sweep
    card: Card
    limits: Names
    serving: Serving
    monitoring: Monitoring
    retention: Retention
    backend: Annotated[LocalSettings | AzureMLSettings | EmulatorSettings, Field(discriminator="kind")]

    _environment: str = PrivateAttr("local")
    _default_use_case: str = PrivateAttr("")
    _scripts: Path = PrivateAttr(ROOT / "src")

    def command(self, words: str) -> str:
        """Put words after `invoke`, a verb first, as people have to type them for this use case and environment."""
        use_case = "" if self.use_case == self._default_use_case else f" --use-case {self.use_case}"
        environment = "" if self._environment == "local" else f" --environment {self._environment}"
        return f"invoke {words}{use_case}{environment}"

    @property
    def environment(self) -> str:
        """Return the name of the environment: that of its file in `configuration/environments`."""
        return self._environment

    @property
    def scripts(self) -> Path:
        """Return the folder of the core scripts that have declared what is valid here."""
        return self._scripts

    @property
    def repository(self) -> Path:
        """Return the folder below which the scripts of steps lie."""
        return self._scripts.parent

    def sha256(self) -> str:
        """Hash every value that shapes a model: not where it runs and serves, its owner, sweeps, alerts."""
        shaping = self.model_dump_json(exclude={"backend", "card", "sweep", "serving", "monitoring", "retention"})
        return hashlib.sha256(shaping.encode()).hexdigest()

    @property
    def service(self) -> str:
        """Return the name of the service: by default the model's, in the characters that every host takes."""
        return self.serving.service or re.sub(r"[^a-z0-9]+", "-", self.model.lower()).strip("-")[:LONGEST_SERVICE]

    @property
    def outputs(self) -> Path:
        """Return the folder for all that runs of the use case write here, whatever the backend."""
        return self.common_outputs / self.use_case

    @property
    def common_outputs(self) -> Path:
        """Return the folder of the outputs of every use case."""
        return ROOT / self.backend.outputs

    @property
    def cache(self) -> Path:
        """Return the folder for what steps that run here put out, whatever the backend and the use case."""
        return self.common_outputs / self.backend.cache
