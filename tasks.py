"""The project's verbs: `invoke --list` shows them, `invoke VERB --help` explains one.

With nothing but Python installed, `python tasks.py VERB` creates the environment first; without a verb, it lists them.
"""

if __name__ == "__main__":  # before the import of Invoke, which a bare Python does not have
    import sys

    from operation.interrupts import end_at_once

    end_at_once()
    from operation.bootstrap import main

    raise SystemExit(main("invoke", sys.argv[1:] or ["--list"]))

import gc
import sys
from typing import TYPE_CHECKING

from invoke.context import Context

from operation.interrupts import end_at_once, is_invoke
from operation.verbs import CONFIGURED, configured, verb

if TYPE_CHECKING:
    from operation.execution.configuration.sections import Configuration

if is_invoke(sys.argv[0]):  # and not a test, which imports this file
    end_at_once()
    # What a verb imports and reads stays till its end: looking for garbage there took a fifth of a short verb's time.
    gc.set_threshold(500_000)

# Everything else is imported where it is used, so that `invoke --list` stays instant.

RUN = "id of a run (default: the latest that completed)"


@verb(
    name="name of the use case: that of its package in src/, and what --use-case takes",
    data="a CSV or parquet file, or a folder of them: one table has the target, others are joined to it",
    target="column to predict",
    positive="value of the target that is the event, if there are two outcomes (default: one that says yes)",
    key="columns that are unique together, separated by commas (default: one that looks like an identifier)",
    time="column with the dates by which train and test are divided (default: the only one)",
    group="column whose rows stay on the same side of the split",
    drop="columns to leave out, separated by commas; * and ? stand for any characters",
    keep="columns to take although they look like a leak or an identifier, separated by commas",
    task="binary, multiclass or regression (default: by the values of the target)",
    replace="delete the default use case with every trace of it, and make the new one the default",
    plan="only show what was guessed and what would be written",
)
def new(
    _context: Context,
    name: str | None = None,
    data: str = "",
    target: str = "",
    positive: str = "",
    key: str = "",
    time: str = "",
    group: str = "",
    drop: str = "",
    keep: str = "",
    task: str = "",
    replace: bool = False,
    plan: bool = False,
) -> None:
    """Write a use case for your own data, with its checks, tests and page, and train its first model."""
    from operation.execution.new import new as creation
    from operation.execution.new.asked import Asked, listed

    columns = {"key": listed(key), "drop": listed(drop), "keep": listed(keep)}
    asked = Asked(name or "", data, target, positive, time=time, group=group, task=task, **columns)
    creation.new(asked, plan, replace)


@verb(**CONFIGURED)
def setup(
    _context: Context, environment: str = "local", use_case: str | None = None, set_: list[str] | None = None
) -> None:
    """Check this machine, install the git hooks, and create what the environment's workspace lacks."""
    from operation.execution.doctor.setup import set_up

    set_up(environment, set_ or (), use_case)


@verb(
    **CONFIGURED,
    ado="check Azure DevOps instead: does it have what the pipelines need? Uses the Azure CLI's login",
    project="with --ado: ORGANISATION/PROJECT (default: taken from a git remote of this clone)",
    fix="first turn a configuration of an older form into the newest, and show the difference",
)
def doctor(
    _context: Context,
    environment: str = "local",
    use_case: str | None = None,
    set_: list[str] | None = None,
    ado: bool = False,
    project: str | None = None,
    fix: bool = False,
) -> None:
    """Check everything a run needs; with --fix, first change the configuration to its newest form."""
    from operation.execution.doctor import doctor

    doctor.run(environment, set_ or (), use_case, ado, project, fix)


@verb(
    **CONFIGURED | {"environment": "dev, prd or another file in configuration/environments with the backend azureml"},
    plan="only print what would be created and, if the Azure CLI is logged in, what Azure says about it",
    yes="deploy without asking",
    destroy="delete the resource group and everything in it, once its name has been typed",
)
def infra(
    _context: Context,
    environment: str = "dev",
    use_case: str | None = None,
    set_: list[str] | None = None,
    plan: bool = False,
    yes: bool = False,
    destroy: bool = False,
) -> None:
    """Create a workspace and its resources in Azure from ARM templates; not needed if you have a workspace."""
    from operation.execution.infrastructure import infra

    infra.run(environment, set_ or (), plan, yes, destroy, use_case)


@verb(
    check="check every pipeline in azure-pipelines/ with all of its parameters",
    expand="path of a pipeline: print it as Azure DevOps would run it",
    run="path of a pipeline: run it here, from what is committed",
    explain="path of a pipeline: say why what --of names is as it is",
    graph="path of a pipeline: print its stages and jobs, and what they wait for",
    of="with --explain: FILE:LINE, a stage, a job, or an expression such as parameters.NAME",
    form="with --graph: text (default) or svg",
    stage="with --run: only these stages, separated by commas",
    job="with --run: only these jobs, separated by commas",
    parameter="not with --check: name=value of a pipeline parameter; may be repeated",
    keep="with --run: also keep the folders of jobs that succeed",
    reason="what starts the run, such as Schedule",
    branch="the branch of the run, such as main or refs/tags/v1",
    variable="name=value of a variable of the queue, or of a predefined one; may be repeated",
    repository="name=folder of a repository with templates; may be repeated",
)
def ado(
    _context: Context,
    check: bool = False,
    expand: str | None = None,
    run: str | None = None,
    explain: str | None = None,
    graph: str | None = None,
    of: str | None = None,
    form: str | None = None,
    stage: str | None = None,
    job: str | None = None,
    parameter: list[str] | None = None,
    keep: bool = False,
    reason: str | None = None,
    branch: str | None = None,
    variable: list[str] | None = None,
    repository: list[str] | None = None,
) -> None:
    """Check, expand, explain, draw or run the Azure DevOps pipelines on this machine."""
    from invoke.collection import Collection

    from operation.execution.pipelines import ado

    tasks = Collection.from_module(sys.modules[__name__])
    lists = [tuple(each or ()) for each in (parameter, variable, repository)]
    what = (check, expand, run, explain, graph, of, form)
    ado.run(ado.Asked(*what, stage, job, lists[0], keep, reason, branch, *lists[1:]), tasks)


@configured(force="fetch them even if they are unchanged")
def data(configuration: "Configuration", force: bool = False) -> None:
    """Fetch the raw tables into outputs/NAME/data/raw as parquet, with a hash of their content."""
    from operation.execution.tables.data import show_data

    show_data(configuration, force)


@configured(
    data="folder with the raw tables (default: the configured source)",
    explain="instead: plot the history of a column, or of TABLE.COLUMN, in all accepted data, with its bounds",
)
def validate(configuration: "Configuration", data: str | None = None, explain: str = "") -> None:
    """Check the raw tables with Great Expectations, and print what failed."""
    from operation.execution.expectations import column_history
    from operation.execution.validation import validate

    column_history.explain(configuration, explain, data) if explain else validate.validate(configuration, data)


@configured(
    learn="add a profile of the data to the history, if the committed suites accept them",
    data="with --learn: folder with the raw tables (default: the configured source)",
    diff="show the bounds that the history proposes, beside the committed ones",
    accept="names of proposals, separated by commas (* and ? stand for any characters): write them into the suites",
)
def expectations(
    configuration: "Configuration", learn: bool = False, data: str = "", diff: bool = False, accept: str = ""
) -> None:
    """Learn the bounds of expectations from accepted data, for a person to review and accept."""
    from operation.execution.expectations import expectations as room

    room.run(configuration, room.Asked(learn, data, diff, accept))


@configured()
def prepare(configuration: "Configuration") -> None:
    """Prepare the train and test parts from the raw tables."""
    from operation.execution.training import prepare

    prepare.prepare(configuration)


@configured(
    plan="only print the steps and, for a workspace, what would be sent and what it can cost",
    explain="print for every step why it ran",
    force="fetch the data and run every step, even if nothing changed",
    detach="in a workspace: end once the run goes on there by itself; invoke watch follows it again",
    deploy="serve the champion afterwards, as invoke deploy does",
)
def train(
    configuration: "Configuration",
    plan: bool = False,
    explain: bool = False,
    force: bool = False,
    detach: bool = False,
    deploy: bool = False,
) -> None:
    """Run the whole chain: data, validate, prepare, train, evaluate, gate, register; reuse earlier results."""
    from operation.execution.training import plan as planning
    from operation.execution.training import train

    if deploy:
        from operation.execution.deployment.deploy import train_and_deploy

        train_and_deploy(configuration, plan, detach, force, explain)
    else:
        planning.show_plan(configuration) if plan else train.train(configuration, force, explain, detach)


@configured(run="id of the run, as printed by the command that left it running")
def watch(configuration: "Configuration", run: str | None = None) -> None:
    """Follow a run that was left running in a workspace, then gate and register its model."""
    from operation.execution.training import watch

    watch.watch(configuration, run)


@verb(**CONFIGURED)
def sweep(
    _context: Context, environment: str = "local", use_case: str | None = None, set_: list[str] | None = None
) -> None:
    """Try values of training parameters, and rank them without the test part."""
    from operation.execution.configuration.loading import load
    from operation.execution.sweep import sweep

    sweep.sweep(load(environment, set_ or (), use_case), set_ or ())


@configured(run=RUN)
def evaluate(configuration: "Configuration", run: str | None = None) -> None:
    """Evaluate the model of an earlier run against today's champion."""
    from operation.execution.training import evaluate

    evaluate.evaluate(configuration, run)


@configured(run=RUN)
def register(configuration: "Configuration", run: str | None = None) -> None:
    """Put an earlier run through the gate, and register its model if it passes."""
    from operation.execution.registration import register

    register.register_run(configuration, run)


@verb(
    **CONFIGURED,
    version="version of the model (default: the newest; with --from, the champion there)",
    from_="copy the version from this environment to that of --to, whose gate then judges it",
    to="with --from: the environment to copy it to",
)
def promote(
    _context: Context,
    environment: str = "",
    use_case: str | None = None,
    set_: list[str] | None = None,
    version: int = 0,
    from_: str = "",
    to: str = "",
) -> None:
    """Make a registered version the champion, overriding the gate; or copy one from another environment."""
    from operation.execution.registration import promote

    promote.run(promote.Asked(environment, use_case, tuple(set_ or ()), version or None, from_, to))


@configured(
    version="version of the model (default: the champion)",
    traffic="percent of the requests that it takes; the version that took the most keeps the rest",
)
def deploy(configuration: "Configuration", version: int = 0, traffic: int = 100) -> None:
    """Serve a registered version behind an address that stays; if it fails, what served before goes on serving."""
    from operation.execution.deployment import deploy

    deploy.deploy(configuration, version or None, traffic)


@configured(
    to="version of the model (default: the last that took all the traffic and passed)",
    reason="why, for those who read `invoke services --audit`",
)
def rollback(configuration: "Configuration", to: int = 0, reason: str = "") -> None:
    """Return to an earlier version, which takes all the traffic and becomes the champion; nothing is trained."""
    from operation.execution.deployment import deploy

    deploy.rollback(configuration, to or None, reason)


@configured(version="only this version, which must take no traffic")
def undeploy(configuration: "Configuration", version: int = 0) -> None:
    """End the service, or one version of it; the registered models stay."""
    from operation.execution.deployment import deploy

    deploy.undeploy(configuration, version or None)


@configured(audit="list every deployment and rollback instead: who, when, from, to, why")
def services(configuration: "Configuration", audit: bool = False) -> None:
    """List the services with their addresses, versions, traffic and state."""
    from operation.execution.deployment import services

    services.show(configuration, audit)


@verb(**CONFIGURED | {"use_case": "only this one (default: all)"}, json="print it as JSON")
def status(
    _context: Context,
    environment: str = "local",
    use_case: str | None = None,
    set_: list[str] | None = None,
    json: bool = False,
) -> None:
    """Show where every use case stands: champion, service, last monitoring, and what waits for somebody."""
    from operation.execution.status.status import show_status

    show_status(environment, set_ or (), use_case, json)


@configured()
def models(configuration: "Configuration") -> None:
    """List the registered versions with metrics, verdict and lineage."""
    from operation.execution.registration import models

    models.show_models(configuration)


@configured(
    data="what to score: raw tables as invoke train takes them, or prepared rows; a folder or a file",
    output="folder for the scores: parquet files and manifest.json; the same command continues after a stop",
    version="version of the model (default: the champion)",
    processes="how many at once (default: one per core)",
    engine="local, or spark: the same on PySpark, which needs requirements-spark.lock and Java",
)
def score(
    configuration: "Configuration",
    data: str = "",
    output: str = "",
    version: int = 0,
    processes: int = 0,
    engine: str = "local",
) -> None:
    """Score whole tables with a registered version, also rows whose outcome is not known yet."""
    from operation.execution.scoring import score as scoring

    scoring.score(configuration, scoring.Asked(data, output, version, processes, engine))


@configured(
    data="folder with the raw tables of a window of time (default: the configured source, unless --requests)",
    requests="folder with the request log of a service, to judge its health",
    labels="folder with outcomes that have come since, for what --requests or --scores predicted",
    scores="folder that invoke score has written, for --labels",
    open_="show the report in a browser",
    output="empty folder for a copy of what is written",
    evidently="also write Evidently's report, of a sample; needs requirements-evidently.lock",
    as_job="in a workspace: describe the window in a job there, and decide here",
)
def monitor(
    configuration: "Configuration",
    data: str = "",
    requests: str = "",
    labels: str = "",
    scores: str = "",
    open_: bool = False,
    output: str | None = None,
    evidently: bool = False,
    as_job: bool = False,
) -> None:
    """Compare a window of data with what the champion learned from; decide: wait, investigate or retrain."""
    from operation.execution.monitoring import monitor as monitoring

    monitoring.end_quietly()
    asked = monitoring.Asked(data, requests, scores, labels, open_, output, evidently, as_job)
    monitoring.monitor(configuration, asked)


@configured(
    months="the last whole months of the data, in each of which models are tested",
    policies="what to compare with a model that stays as it is, separated by commas: monthly, rolling",
    rolling_months="months of data that the policy rolling trains on",
    delay_days="also retrain with outcomes that are known only so many days later; 0 leaves that out",
)
def backtest(
    configuration: "Configuration",
    months: int = 8,
    policies: str = "monthly,rolling",
    rolling_months: int = 3,
    delay_days: int = 30,
) -> None:
    """Replay the past: what retraining every month would have gained over a model that stays as it is."""
    from operation.execution.backtest import backtest as back
    from operation.execution.backtest.walk import Asked

    asked = Asked(months, tuple(filter(None, policies.split(","))), rolling_months, delay_days)
    back.backtest(configuration, asked)


@configured(port="port on 127.0.0.1", open_="show the experiment in a browser, if there is a screen")
def ui(configuration: "Configuration", port: int = 5000, open_: bool = True) -> None:
    """Serve the MLflow UI with the runs and models of this machine, until Ctrl-C."""
    from operation.execution import ui

    ui.serve(configuration, port, open_)


@verb(**CONFIGURED, port="port on 127.0.0.1", no_browser="only print the address")
def notebook(
    _context: Context,
    environment: str = "local",
    use_case: str | None = None,
    set_: list[str] | None = None,
    port: int = 8888,
    no_browser: bool = False,
) -> None:
    """Open the notebooks in JupyterLab, in an environment of their own, until Ctrl-C."""
    from operation.execution import notebook
    from operation.execution.configuration.loading import load

    notebook.serve(load(environment, set_ or (), use_case), set_ or (), port, not no_browser)


@configured(
    version="version of the model (default: the champion)",
    fast="use our own server for containers, many times as fast, instead of Azure ML's inference server",
    host="address to listen on; 0.0.0.0 for all of this machine",
    port="port to listen on (default: serving.port)",
)
def serve(
    configuration: "Configuration", version: int = 0, fast: bool = False, host: str = "127.0.0.1", port: int = 0
) -> None:
    """Serve a registered model on this machine, until Ctrl-C: the same answers as in Azure ML."""
    from operation.execution.serving import serve

    serve.serve(configuration, serve.Asked(version, fast, host, port))


@configured(
    rows="prepared rows (.parquet, .csv, .json), or raw ones: a table or a folder (default: the model's golden rows)",
    version="version of the model (default: the champion)",
    run="id of a run: explain its model instead of a registered one",
)
def explain(configuration: "Configuration", rows: str = "", version: int = 0, run: str | None = None) -> None:
    """Explain single predictions: what moved each of them, with a plot a row."""
    from operation.execution.explanation import explain

    explain.explain(configuration, explain.Asked(rows, version or None, run))


@configured(
    first="id of a run, here or in the environment's workspace, or the path of its folder in another clone",
    second="another run; positive differences mean that this one is better",
)
def compare(configuration: "Configuration", first: str | None = None, second: str | None = None) -> None:
    """Compare two runs: configuration, data, code, metrics with paired intervals, slices, plots side by side."""
    from operation.execution.comparison import compare

    compare.compare(configuration, first or "", second or "")


@configured(registered="version of the model, as invoke models lists them")
def reproduce(configuration: "Configuration", registered: str | None = None) -> None:
    """Train a registered version again from its commit, in a clone, and say what differs: bytes and metrics."""
    from operation.execution.reproduction import reproduce

    reproduce.reproduce(configuration, registered or "")


@configured(url="address to test, http://HOST:PORT/score (default: the environment's service)")
def smoke(configuration: "Configuration", url: str = "") -> None:
    """Test a running service: ready, golden rows, wrong requests, speed, many clients at once."""
    from operation.execution.deployment.smoke import run

    run(configuration, url)


@verb(
    port="port of the proxy that clients use (default: any free one)",
    folder="folder for its files, which keeps the environments of jobs (default: a temporary one)",
    reuse_environment="run jobs in this Python environment instead of creating one",
    identity_based="give the default datastore no key, so that it is read and written by identity",
    curated="NAME=FILE.yml: a curated environment, and a conda file of what is in its image (repeatable)",
)
def emulator(
    _context: Context,
    port: int = 0,
    folder: str | None = None,
    reuse_environment: bool = False,
    identity_based: bool = False,
    curated: list[str] | None = None,
) -> None:
    """Serve an offline Azure ML workspace until Ctrl-C, and print the settings that a shell needs to use it.

    What works against it shows that the SDK's calls are well formed and that our code handles the answers. It does not
    show that Azure would accept quotas, images, permissions or names. `azureml-offline serve --help` lists its limits.
    """
    from operation.execution.backends.emulator.emulator import serve

    serve(port, folder, reuse_environment, identity_based, curated or ())


@verb(
    since="branch, tag or commit that this branch was made from",
    explain="print for each why: the changed file, and the chain that leads from it",
    json="print it as JSON, with every reason",
)
def affected(_context: Context, since: str = "main", explain: bool = False, json: bool = False) -> None:
    """List the use cases, tools, nox sessions and pipelines that the changes since a branch can touch."""
    from operation.execution.affected.affected import show_affected

    show_affected(since, explain, json)


@verb(sessions="nox sessions, separated by commas")
def test(_context: Context, sessions: str = "unit,integration") -> None:  # noqa: PT028  a task, not a test
    """Run the tests, each session in an environment of its own."""
    from operation.housekeeping.sessions import run

    run(sessions)


@verb()
def lint(_context: Context) -> None:
    """Check style, types and secrets, as CI does."""
    from operation.housekeeping.sessions import run

    run("lint,types")


@verb(open_="open its home page in the browser")
def docs(_context: Context, open_: bool = False) -> None:
    """Build the documentation site into outputs/docs/html, whose pages need no network; check its links."""
    from operation.housekeeping.docs import build

    build(open_)


@verb(
    plan="show what a later version of the template changes here: its tag (default: the newest), as in --plan v0.2.0",
    update="merge that version as one commit on a new branch, once you have agreed",
    source="where the template is: a git remote, a path or an archive (default: as .template.yaml says)",
    from_="the version that is here, a tag or an archive of it (default: as .template.yaml says)",
    into="another repository to update, one whose version has no such verb yet",
    yes="with --update: do it without asking",
)
def template(
    _context: Context,
    plan: str = "",
    update: str = "",
    source: str = "",
    from_: str = "",
    into: str = "",
    yes: bool = False,
) -> None:
    """Merge a later version of the template into this repository, by git alone; --plan shows it first."""
    from operation.execution.template import template as updates

    updates.run(updates.Asked(plan, update, source, from_, into, yes))


@configured(
    registry="also registered models, MLflow's database, profiles of accepted data, files of services that have ended",
    cache="only the cached results of steps",
    days="with --cache: only results not used for this many days",
    megabytes="with --cache: only the longest unused results, until this much is left",
    plan="only show what each folder costs, and what would be deleted, now and by the retention in the configuration",
)
def clean(
    configuration: "Configuration",
    registry: bool = False,
    cache: bool = False,
    days: int = 0,
    megabytes: int = 0,
    plan: bool = False,
) -> None:
    """Delete what runs wrote, except the registered models."""
    from operation.execution import clean

    clean.run(configuration, registry, cache, days, megabytes, plan)
