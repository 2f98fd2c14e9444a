"""`invoke expectations`: learn bounds from accepted data, show them to a reviewer, write those that are accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.declared import time_of
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.expectations import acceptance, history
from operation.execution.expectations.history import Profile
from operation.execution.expectations.measuring import measure_corruptions, measure_table, opened
from operation.execution.expectations.proposals import NEW, Proposal, found_together, make_cases, propose
from operation.execution.expectations.suites import Suite, read_suites
from operation.execution.expectations.wording import bounds, changed_bounds
from operation.execution.outputs import exclusive
from operation.execution.tables.snapshot import Snapshot, bring
from operation.execution.temporary import temporary_folder
from operation.execution.validation.record import Validation
from operation.tools import require

COLUMNS = ("expectation", "committed", "proposed", "change", "refused", "corruptions")


@dataclass(frozen=True)
class Asked:
    """The options of `invoke expectations`, of which one says what to do."""

    learn: bool
    data: str
    diff: bool
    accept: str


def run(configuration: Configuration, asked: Asked) -> None:
    """Do what one option says; raises OperationError for none, for several, and for one that would be passed over."""
    given = [name for name in ("learn", "diff", "accept") if getattr(asked, name)]
    if len(given) != 1:
        raise OperationError("Give one of --learn, --diff and --accept NAMES: invoke expectations --help says more.")
    if asked.data and not asked.learn:
        raise OperationError(f"--data is what --learn learns from. Give it with that, not with --{given[0]}.")
    if asked.learn:
        learn(configuration, asked.data)
    elif asked.diff:
        show_proposals(configuration)
    else:
        accept(configuration, asked.accept)


def learn(configuration: Configuration, data: str = "") -> None:
    """Add a profile of the tables in the folder `data`, by default of the configured source, to the history.

    Raises:
        OperationError: the data are not accepted, the use case has no suites, or the history is of another version;
            then nothing is changed.
    """
    require("gx-duckdb")
    suites = read_suites(configuration)
    given = configuration.data
    with exclusive(configuration), temporary_folder() as folder:
        history.read_history(history.folder_of(configuration))  # one that cannot be read is refused before the work
        source = connect(configuration).bring(data or given.source, given.tables)
        with console.step("data") as note:
            place = folder / "raw"
            snapshot = bring(source, given.tables, given.known_defects, place, configuration.use_case)
            note.text = ", ".join(f"{table.rows:,} {table.name}" for table in snapshot.tables)
        with console.step("validate") as note:
            validation = _validate(configuration, snapshot, folder / "reports")
            note.text = validation.summary
            _require_accepted(configuration, validation, data)
        record(configuration, snapshot, suites, "invoke expectations --learn")
    _say_what_is_proposed(configuration, suites)


def record(configuration: Configuration, snapshot: Snapshot, suites: Mapping[str, Suite], by: str) -> None:
    """Measure accepted data and keep their profile, unless the history has it; also what corruptions do to them.

    Raises:
        OperationError: the history is of another version, or damaged.
    """
    folder, share = history.folder_of(configuration), configuration.data.share
    known = [each for each in history.read_history(folder) if each.data_sha256 == snapshot.sha256]
    with console.step("learn") as note:
        tables, broken = measure(configuration, snapshot, suites)
        history.write_corruptions(history.make(folder), broken)
        if known:
            note.text = f"these data are in the history since {known[0].accepted[:10]}: nothing to add"
            return
        file = history.add(folder, history.new_profile(snapshot.sha256, by, share, tables))
        note.text = f"{file}, {file.stat().st_size / 1000:.1f} kB"


def measure(
    configuration: Configuration, snapshot: Snapshot, suites: Mapping[str, Suite]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return by table the facts of the data, and what the standard corruptions do to them."""
    files = {table.name: [snapshot.folder / f"{table.name}.parquet"] for table in snapshot.tables}
    time = time_of(configuration.use_case, configuration.scripts)
    with opened(files, configuration.threads, configuration.memory_mb) as connection:
        tables = {name: measure_table(connection, suite, time) for name, suite in suites.items()}
        share = configuration.data.share
        broken = {name: measure_corruptions(connection, suite, tables[name], share) for name, suite in suites.items()}
    return tables, broken


def propose_all(configuration: Configuration, suites: Mapping[str, Suite], known: Sequence[Profile]) -> list[Proposal]:
    """Return the proposals for every table."""
    broken = history.read_corruptions(history.folder_of(configuration))
    return [
        proposal
        for table, suite in suites.items()
        for proposal in propose(suite, history.accepted_of(known, table), broken.get(table, {}))
    ]


def show_proposals(configuration: Configuration) -> None:
    """Print what is proposed, for a person to review.

    Raises:
        OperationError: nothing was learned from yet, or the use case has no suites.
    """
    suites, known = read_suites(configuration), history.require_history(configuration)
    proposals = propose_all(configuration, suites, known)
    console.say(f"Learned from {history.counted(len(known))}, {known[0].name} to {known[-1].name}.")
    if not proposals:
        console.say("Every bound fits what was accepted: nothing is proposed.")
        return
    console.table("Proposed", COLUMNS, [_row(each) for each in proposals], whole=("expectation", "change"))
    console.say(
        "refused: accepted data sets that the committed → the proposed bound would refuse, or warn of. "
        "corruptions: those that it finds of the standard ones of its column or table."
    )
    _say_together(configuration, suites, proposals)
    _say_looser(proposals)
    console.say(f"To accept some: {configuration.command('expectations --accept NAME,NAME')}")


def accept(configuration: Configuration, names: str, root: Path = ROOT) -> None:
    """Write the chosen proposals into the suites, and a line about them into the changelog.

    Raises:
        OperationError: a name is unknown, nothing was learned from yet, or the use case has no suites; then nothing is
            changed.
    """
    suites, known = read_suites(configuration), history.require_history(configuration)
    proposals = propose_all(configuration, suites, known)
    chosen = acceptance.choose(proposals, names, configuration.command("expectations --diff"))
    today = datetime.now(UTC).date().isoformat()
    for file in acceptance.accept(suites, chosen, len(known), today, root):
        console.say(f"Wrote {file.relative_to(root) if file.is_relative_to(root) else file}")
    _say_looser(chosen)
    console.say(f"Accepted {len(chosen)}. See what changed: git diff; check the data by it: invoke validate.")


def _validate(configuration: Configuration, snapshot: Snapshot, reports: Path) -> Validation:
    from gx_duckdb import Resources

    from operation.execution.validation.checkpoints import validate_files

    files = {table.name: [snapshot.folder / f"{table.name}.parquet"] for table in snapshot.tables}
    resources = Resources(configuration.threads, configuration.memory_mb, reports)
    reports.mkdir()
    return validate_files(files, reports, resources, configuration.use_case, configuration.data.share)


def _require_accepted(configuration: Configuration, validation: Validation, data: str) -> None:
    if not validation.success:
        suites = ", ".join(sorted({failure.suite for failure in validation.errors}))
        see = configuration.command("validate" + (f" --data {data}" if data else ""))
        raise OperationError(
            f"These data are not accepted, so nothing is learned from them: {validation.summary} ({suites}). "
            f"What failed: {see}"
        )


def _say_what_is_proposed(configuration: Configuration, suites: Mapping[str, Suite]) -> None:
    known = history.require_history(configuration)
    proposals = propose_all(configuration, suites, known)
    new = sum(each.change == NEW for each in proposals)
    also = f", {new} of them new expectations" if new else ""
    console.say(
        f"Learned from {history.counted(len(known))}: {len(proposals)} proposals{also}. "
        f"Review them: {configuration.command('expectations --diff')}"
    )
    _say_looser(proposals)


def _say_together(configuration: Configuration, suites: Mapping[str, Suite], proposals: Sequence[Proposal]) -> None:
    """Say how many corruptions all expectations find together, with and without the proposals."""
    broken = history.read_corruptions(history.folder_of(configuration))
    for table, suite in suites.items():
        if cases := make_cases(broken.get(table, {})):
            own = [each for each in proposals if each.table == table]
            replaced = {each.place: each.new for each in own if each.place is not None}
            after = [replaced.get(place, each) for place, each in enumerate(suite.expectations)]
            after += [each.new for each in own if each.place is None]
            now, then = (len(found_together(each, cases)) for each in (suite.expectations, after))
            tried = len(cases.broken)
            console.say(f"{table}: the whole suite finds {now} of {tried} corruptions, {then} with all proposals.")


def _say_looser(proposals: Sequence[Proposal]) -> None:
    for each in proposals:
        if each.only_grows_looser:
            console.say(
                f"{each.name} only ever grows looser: {each.looser} times, now {bounds(each.new)}. A bound that gives "
                "way to all that comes finds nothing: look at the data before you accept it."
            )


def _row(proposal: Proposal) -> list[str]:
    new = changed_bounds(proposal.old, proposal.new) if proposal.old else bounds(proposal.new)
    before = proposal.old is not None
    refused = f"{proposal.refused[0]} → {proposal.refused[1]}" if before else str(proposal.refused[1])
    found = f"{proposal.found[0]} → {proposal.found[1]}" if before else str(proposal.found[1])
    tried = f"{found} of {proposal.tried}" if proposal.tried else "not measured"
    marked = f"{proposal.change} ({proposal.looser})" if proposal.only_grows_looser else proposal.change
    return [proposal.name, bounds(proposal.old) or "none", new, marked, f"{refused} of {proposal.judged}", tried]
