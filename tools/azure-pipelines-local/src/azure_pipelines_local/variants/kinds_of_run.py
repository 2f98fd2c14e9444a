"""Kinds of run, by what started them and on which branch: `${{ }}` can make each another pipeline.

Source of the reasons: https://learn.microsoft.com/azure/devops/pipelines/build/variables
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from azure_pipelines_local.expansion.variables_read import Read, Variable
from azure_pipelines_local.queued import BY_HAND as NOTHING_QUEUED
from azure_pipelines_local.queued import Queued
from azure_pipelines_local.variants.compile_time import MADE_UP

REASON, BRANCH, BRANCH_NAME, PULL_REQUEST = (
    "Build.Reason",
    "Build.SourceBranch",
    "Build.SourceBranchName",
    "PullRequest",
)
REASONS = ("Manual", "IndividualCI", "BatchedCI", "Schedule")
BRANCHES = ("refs/heads/main", "refs/heads/another")
MERGED = "refs/pull/1/merge"  # the branch of a pull request's run
OF_PULL_REQUESTS = {
    "System.PullRequest.IsFork": "False",
    "System.PullRequest.PullRequestId": "1",
    "System.PullRequest.SourceBranch": BRANCHES[1],
    "System.PullRequest.TargetBranch": BRANCHES[0],
    "System.PullRequest.targetBranchName": "main",
}
DEPENDENT = tuple(name.lower() for name in (REASON, BRANCH, BRANCH_NAME, *OF_PULL_REQUESTS))
OF_BRANCHES = (BRANCH.lower(), BRANCH_NAME.lower())
MAXIMUM_RUNS = 32


@dataclass(frozen=True)
class Run:
    """What started it, in the word that Azure DevOps has for it, and its branch."""

    reason: str
    branch: str
    others: tuple[tuple[str, str], ...] = ()  # variables that this machine would make up, with other values

    def __str__(self) -> str:
        if self.others:
            return ", ".join(f"{name}={text}" for name, text in self.others)
        return f"{self.reason} on {self.branch}"

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that `${{ }}` sees."""
        name = self.branch.rpartition("/")[2]
        known = {REASON: self.reason, BRANCH: self.branch, BRANCH_NAME: name, **dict(self.others)}
        return known | (OF_PULL_REQUESTS if self.reason == PULL_REQUEST else {})


BY_HAND = Run(REASONS[0], BRANCHES[0])


def run_of(queued: Queued, here: str = BRANCHES[0]) -> Run:
    """Return the run that is queued; by hand and on the branch `here` where nothing else is said."""
    reason = queued.reason or REASONS[0]
    return Run(reason, queued.branch or (MERGED if reason == PULL_REQUEST else here))


def different_runs(reads: Iterable[Read], queued: Queued = NOTHING_QUEUED) -> list[Run]:
    """List the runs that can make different pipelines where expressions have read this, the one that is queued first.

    They have every reason and branch that stands beside such a variable; where the combinations are more than
    MAXIMUM_RUNS, each once. A variable that this machine makes up has each value that stands beside it, once.
    """
    read, own = [each.variable for each in reads], run_of(queued)
    given = queued.names
    open_ = sorted({each for each in read if each.name in MADE_UP and each.name not in given})
    others = [replace(own, others=((MADE_UP[each.name], text),)) for each in open_ for text in each.beside if text]
    said = queued.reason or queued.branch or given & {*DEPENDENT}  # so that it is one run that is asked about
    found = set() if said else {each for each in read if each.name in DEPENDENT}
    return list(dict.fromkeys([*(_of_kinds(found) if found else [own]), *others[:MAXIMUM_RUNS]]))


def _of_kinds(found: set[Variable]) -> list[Run]:
    named = [(each.name, text) for each in sorted(found) for text in each.beside if text]
    others = [text for name, text in named if name == REASON.lower() and text.lower() != PULL_REQUEST.lower()]
    reasons = {each.lower(): each for each in (*REASONS, *others)}.values()
    branches = dict.fromkeys([*BRANCHES, *(_branch(text) for name, text in named if name in OF_BRANCHES)])
    pairs = list(product(reasons, branches))
    if len(pairs) > MAXIMUM_RUNS:
        pairs = [*((BY_HAND.reason, each) for each in branches), *((each, BY_HAND.branch) for each in reasons)]
    return list(dict.fromkeys([BY_HAND, *(Run(*pair) for pair in pairs), Run(PULL_REQUEST, MERGED)]))


def _branch(text: str) -> str:
    return text if text.startswith("refs/") else f"refs/heads/{text}"
