"""The parts of an expanded pipeline. Every text keeps its place (`Scalar`); names are plain text."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.documents.places import Place

DEFAULT_MINUTES = 60  # how long a job may take that does not say it
Boolean = bool | Scalar  # a Scalar where `$( )` or `$[ ]` says it only when the pipeline runs
Number = int | Scalar  # likewise


@dataclass(frozen=True)
class Entry:
    """One pair of inputs, of `env` or of a leg of a matrix."""

    name: Scalar
    value: Scalar


@dataclass(frozen=True)
class Variable:
    """A variable; `value` may be `$[ ]`."""

    name: str
    value: Scalar
    readonly: bool
    place: Place


@dataclass(frozen=True)
class Group:
    """A variable group, whose content Azure DevOps alone knows."""

    name: str
    place: Place


Variables = tuple[Variable | Group, ...]


@dataclass(frozen=True)
class Pool:
    """Where jobs run: a pool by name, an image of Microsoft's pool, or both."""

    name: Scalar | None
    image: Scalar | None
    demands: tuple[Scalar, ...]
    place: Place


@dataclass(frozen=True)
class Step:
    """A step as the task that it is: `script` is CmdLine@2, `bash` Bash@3, `pwsh` and `powershell` PowerShell@2; the
    others are called like their keys, such as `checkout`, and what stands under the key is the input of that name."""

    task: Scalar
    inputs: tuple[Entry, ...]
    name: str  # empty without one
    display_name: Scalar | None
    condition: Scalar
    enabled: Boolean
    continue_on_error: Boolean
    timeout_minutes: Number  # 0: as long as the job
    retries: Number
    env: tuple[Entry, ...]
    target: Node | None
    place: Place

    def input(self, name: str) -> Scalar | None:
        """Find the value of an input; the case of its name does not count."""
        return next((each.value for each in self.inputs if each.name.text.lower() == name.lower()), None)


@dataclass(frozen=True)
class Hook:
    """The steps of a deployment job's lifecycle hook: `preDeploy`, `deploy`, …, and `on.success`, `on.failure`."""

    name: str
    steps: tuple[Step, ...]
    pool: Pool | None
    place: Place


@dataclass(frozen=True)
class Leg:
    """One job of a matrix, with the variables that it adds."""

    name: str
    variables: tuple[Entry, ...]
    place: Place


@dataclass(frozen=True)
class Job:
    """A job (`steps`) or a deployment job (`hooks` in their order, `environment` and `strategy`)."""

    name: str
    display_name: Scalar | None
    depends_on: tuple[str, ...]  # as those jobs write their names
    condition: Scalar
    pool: Pool | None  # that of the stage or of the pipeline where it has none
    variables: Variables
    steps: tuple[Step, ...]
    hooks: tuple[Hook, ...]
    environment: Scalar | None
    resource_name: Scalar | None  # in the environment
    strategy: str  # of a deployment job: runOnce, rolling or canary
    matrix: tuple[Leg, ...]
    computed_matrix: Scalar | None  # `$[ ]`, whose legs are known when the pipeline runs
    parallel: Number  # how many copies of the job run; 1 unless `strategy` says more
    timeout_minutes: Number | None  # None: DEFAULT_MINUTES
    cancel_timeout_minutes: Number | None
    continue_on_error: Boolean
    container: Node | None
    services: Node | None
    place: Place

    @property
    def has_matrix(self) -> bool:
        """Return whether it runs once for each leg of a matrix, known or not."""
        return bool(self.matrix or self.computed_matrix)

    @property
    def step_lists(self) -> tuple[tuple[Step, ...], ...]:
        """Return its steps as agents run them: each hook is a job of its own, with no variable of the one before."""
        return tuple(hook.steps for hook in self.hooks) or (self.steps,)

    @property
    def all_steps(self) -> Iterator[Step]:
        """Return its steps, those of its hooks too."""
        yield from self.steps
        for hook in self.hooks:
            yield from hook.steps


@dataclass(frozen=True)
class Stage:
    """A stage; without `dependsOn` it depends on the stage before."""

    name: str
    display_name: Scalar | None
    depends_on: tuple[str, ...]  # as those stages write their names
    condition: Scalar
    variables: Variables
    jobs: tuple[Job, ...]
    place: Place
    by_hand: bool = False  # `trigger: manual`: it waits until somebody starts it


@dataclass(frozen=True)
class Resource:
    """What the pipeline uses from elsewhere: its kind (`repositories`, `pipelines`, …) and its name here."""

    kind: str
    name: str
    settings: Mapping  # all that it says
    image: Scalar | None  # of a container
    place: Place


@dataclass(frozen=True)
class Schedule:
    """When the pipeline starts by itself, in UTC."""

    cron: Scalar
    always: bool
    place: Place


@dataclass(frozen=True)
class Pipeline:
    """A pipeline. One of jobs or steps alone has one stage `__default`; one of steps alone has one job `Job` in it."""

    name: Scalar | None  # of its runs
    variables: Variables
    stages: tuple[Stage, ...]
    trigger: Node | None  # checked, and otherwise as it stands
    pr: Node | None
    schedules: tuple[Schedule, ...]
    resources: tuple[Resource, ...]
    place: Place
