"""Every verb of the project. `invoke --list` shows them, `invoke VERB --help` explains one.

With nothing but Python installed, `python tasks.py VERB` makes the environment first.
"""

if __name__ == "__main__":  # must stand before Invoke is imported: on a bare Python there is none
    import sys

    from operation.bootstrap import main

    raise SystemExit(main("invoke", sys.argv[1:]))

import sys

from invoke.context import Context

from operation.verbs import verb

# Everything else is imported where it is used, so that `invoke --list` stays instant.

ENVIRONMENT = "local, dev, prd or emulator: a file in configuration/environments"
SET = "section.key=value, over what the YAML files say; may be repeated"
RUN = "a run's id (default: the latest that completed)"


@verb(environment=ENVIRONMENT, set_=SET)
def setup(_context: Context, environment: str = "local", set_: list[str] | None = None) -> None:
    """Check the environment, install the git hooks, and make what is missing in the workspace of --environment."""
    from operation.execution.doctor.doctor import set_up

    set_up(environment, set_ or ())


@verb(
    environment=ENVIRONMENT,
    set_=SET,
    ado="check instead that Azure DevOps has what the pipelines need, as the login of the Azure CLI",
    project="with --ado: ORGANISATION/PROJECT (default: where a git remote of this clone lies)",
)
def doctor(
    _context: Context,
    environment: str = "local",
    set_: list[str] | None = None,
    ado: bool = False,
    project: str | None = None,
) -> None:
    """Check everything a run needs, changing nothing."""
    from operation.execution.doctor import doctor

    doctor.run(environment, set_ or (), ado, project)


@verb(
    environment="whose workspace: a file in configuration/environments with the backend azureml",
    set_=SET,
    plan="print what would be made, and what Azure says to it where the Azure CLI is logged in; deploy nothing",
    yes="deploy without asking",
    destroy="delete the resource group with all that is in it, once its name has been typed",
)
def infra(
    _context: Context,
    environment: str = "dev",
    set_: list[str] | None = None,
    plan: bool = False,
    yes: bool = False,
    destroy: bool = False,
) -> None:
    """Make a workspace and what belongs to it in Azure, from ARM templates; not needed where there is one."""
    from operation.execution.infrastructure import infra

    infra.run(environment, set_ or (), plan, yes, destroy)


@verb(
    check="check every pipeline in azure-pipelines/ for each of its parameter sets",
    expand="a pipeline's file: print it as Azure DevOps would run it",
    run="a pipeline's file: execute it here, from what is committed",
    stage="with --run: only these stages, separated by commas",
    job="with --run: only these jobs, separated by commas",
    parameter="name=value of that pipeline; may be repeated",
    keep="with --run: keep the folders of jobs that succeed, too",
)
def ado(
    _context: Context,
    check: bool = False,
    expand: str | None = None,
    run: str | None = None,
    stage: str | None = None,
    job: str | None = None,
    parameter: list[str] | None = None,
    keep: bool = False,
) -> None:
    """Check the pipelines of Azure DevOps on this machine, print one, or run one."""
    from invoke.collection import Collection

    from operation.execution.pipelines import ado

    tasks = Collection.from_module(sys.modules[__name__])
    ado.run(ado.Asked(check, expand, run, stage, job, tuple(parameter or ()), keep), tasks)


@verb(environment=ENVIRONMENT, set_=SET, force="bring them even if they are there unchanged")
def data(_context: Context, environment: str = "local", set_: list[str] | None = None, force: bool = False) -> None:
    """Bring the raw tables into outputs/data/raw as parquet, under a content hash."""
    from operation.execution.configuration.loading import load
    from operation.execution.tables.data import bring_and_say

    bring_and_say(load(environment, set_ or ()), force)


@verb(environment=ENVIRONMENT, set_=SET, data="a folder with the raw tables (default: the configured source)")
def validate(
    _context: Context, environment: str = "local", set_: list[str] | None = None, data: str | None = None
) -> None:
    """Check the raw tables with Great Expectations; print what failed."""
    from operation.execution.configuration.loading import load
    from operation.execution.tables.data import validate_path

    validate_path(load(environment, set_ or ()), data)


@verb(environment=ENVIRONMENT, set_=SET)
def prepare(_context: Context, environment: str = "local", set_: list[str] | None = None) -> None:
    """Turn the raw tables into the prepared train and test parts."""
    from operation.execution.configuration.loading import load
    from operation.execution.training import train

    train.prepare(load(environment, set_ or ()))


@verb(
    environment=ENVIRONMENT,
    set_=SET,
    plan="print the steps, and what would be sent and cost elsewhere, and do nothing",
    explain="say of every step why it had to run",
    force="bring the data and run every step, whatever was done before",
    detach="in a workspace: end when the run goes on there by itself; invoke watch takes it up again",
)
def train(
    _context: Context,
    environment: str = "local",
    set_: list[str] | None = None,
    plan: bool = False,
    explain: bool = False,
    force: bool = False,
    detach: bool = False,
) -> None:
    """Run the whole chain: data, validate, prepare, train, evaluate, gate, register; reuse what was done before."""
    from operation.execution.configuration.loading import load
    from operation.execution.training import plan as planning
    from operation.execution.training import train

    loaded = load(environment, set_ or ())
    planning.show_plan(loaded) if plan else train.train(loaded, force, explain, detach)


@verb(environment=ENVIRONMENT, set_=SET, run="the id that the command which left it has said")
def watch(_context: Context, environment: str = "local", set_: list[str] | None = None, run: str | None = None) -> None:
    """Take up a run that goes on in a workspace: follow it to its end, then gate and registration."""
    from operation.execution.configuration.loading import load
    from operation.execution.training import train

    train.watch(load(environment, set_ or ()), run)


@verb(environment=ENVIRONMENT, set_=SET)
def sweep(_context: Context, environment: str = "local", set_: list[str] | None = None) -> None:
    """Try values of training parameters, and say which are best on months before the test part."""
    from operation.execution.configuration.loading import load
    from operation.execution.sweep import sweep

    sweep.sweep(load(environment, set_ or ()), environment, set_ or ())


@verb(environment=ENVIRONMENT, set_=SET, run=RUN)
def evaluate(
    _context: Context, environment: str = "local", set_: list[str] | None = None, run: str | None = None
) -> None:
    """Evaluate a trained run once more, against the champion of now."""
    from operation.execution.configuration.loading import load
    from operation.execution.training import train

    train.evaluate(load(environment, set_ or ()), run)


@verb(environment=ENVIRONMENT, set_=SET, run=RUN)
def register(
    _context: Context, environment: str = "local", set_: list[str] | None = None, run: str | None = None
) -> None:
    """Put a trained run through the gate, and register its model if it passes."""
    from operation.execution.configuration.loading import load
    from operation.execution.registration import register

    register.register_run(load(environment, set_ or ()), run)


@verb(environment=ENVIRONMENT, set_=SET, version="of the model (default: the newest)")
def promote(_context: Context, environment: str = "local", set_: list[str] | None = None, version: int = 0) -> None:
    """Make a registered version the champion by hand; also the way back to an older one."""
    from operation.execution.configuration.loading import load
    from operation.execution.registration import register

    register.promote(load(environment, set_ or ()), version or None)


@verb(environment=ENVIRONMENT, set_=SET)
def models(_context: Context, environment: str = "local", set_: list[str] | None = None) -> None:
    """List the registered versions, with metrics, verdict and lineage."""
    from operation.execution.configuration.loading import load
    from operation.execution.registration import register

    register.show_models(load(environment, set_ or ()))


@verb(environment=ENVIRONMENT, set_=SET, port="of 127.0.0.1")
def ui(_context: Context, environment: str = "local", set_: list[str] | None = None, port: int = 5000) -> None:
    """Open the MLflow UI on the runs and models of this machine, until Ctrl-C."""
    from operation.execution import ui
    from operation.execution.configuration.loading import load

    ui.serve(load(environment, set_ or ()), port)


@verb(
    port="of the proxy that clients use (default: any that is free)",
    folder="for its files; keeps the environments of jobs (default: a temporary one)",
    reuse_environment="run jobs in this very Python environment",
    identity_based="let the default datastore have no key: it is read and written by identity",
)
def emulator(
    _context: Context,
    port: int = 0,
    folder: str | None = None,
    reuse_environment: bool = False,
    identity_based: bool = False,
) -> None:
    """Serve an offline Azure ML workspace until Ctrl-C, and print what a shell needs to use it.

    What works against it shows that the SDK's calls are well formed and that our code handles the answers, not that
    Azure would accept quotas, images, permissions or names. `azureml-offline serve --help` has all its limits.
    """
    from operation.execution.backends.emulator import foreground

    foreground.serve(port, folder, reuse_environment, identity_based)


@verb(sessions="nox sessions, separated by commas")
def test(_context: Context, sessions: str = "unit,integration") -> None:  # noqa: PT028  a task, not a test
    """Run the tests, each session in a fresh environment."""
    from operation.housekeeping.sessions import run

    run(sessions)


@verb()
def lint(_context: Context) -> None:
    """Check style, types and secrets, as CI does."""
    from operation.housekeeping.sessions import run

    run("lint,types")


@verb(
    environment=ENVIRONMENT,
    set_=SET,
    registry="also every registered model and what MLflow knows",
    cache="only what steps put out, which is kept to be reused",
    days="with --cache: only what was not used for so many days",
    megabytes="with --cache: only the longest unused, until no more than this is left",
)
def clean(
    _context: Context,
    environment: str = "local",
    set_: list[str] | None = None,
    registry: bool = False,
    cache: bool = False,
    days: int = 0,
    megabytes: int = 0,
) -> None:
    """Delete what runs wrote, except the registered models."""
    from operation.execution import clean
    from operation.execution.configuration.loading import load

    loaded = load(environment, set_ or ())
    clean.trim_cache(loaded, days, megabytes) if cache else clean.clean(loaded, registry)
