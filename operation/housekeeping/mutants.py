"""Break the code in one small place at a time and see whether a fast test notices: `nox -s mutants`.

mutmut does the work, in a copy of the clone below `outputs/`, on the modules that `[tool.mutmut]` of `pyproject.toml`
names. What no test notices is in `docs/mutants.md`, which this writes. A mutant that was killed stays so until its
function changes, and one that survived is tried again: delete `outputs/mutants` to begin anew.
"""

import argparse
import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.git import environment
from operation.housekeeping.equivalent_mutants import EQUIVALENT

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "outputs" / "mutants"
PAGE = ROOT / "docs" / "mutants.md"
SURVIVED = (0, 5, 33)  # mutmut's codes: the tests passed, or no test calls the function (33, and pytest's own 5)
HEAD = """# Mutants

Written by `python noxfile.py -s mutants` from what [mutmut](https://mutmut.readthedocs.io) found; do not edit.

A line that a test runs is not always one in which a test would notice a mistake. So a tool makes mistakes,
one at a time, in the code that decides which models are registered, and runs the fast tests of that code: a mutant that
no test notices has survived. `[tool.mutmut]` in `pyproject.toml` names the files and the tests.

"""


@dataclass(frozen=True)
class Mutant:
    """One change: the file, its name for mutmut, the lines that it takes away and puts in, and whether it survived."""

    file: str
    name: str
    survived: bool
    before: str = ""
    after: str = ""

    @property
    def function(self) -> str:
        """Return the name of the function that is changed, with its class."""
        found = re.sub(r"__mutmut_\d+$", "", self.name.rpartition(".")[2])
        return found.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")

    @property
    def reason(self) -> str:
        """Return why nothing could notice the change; empty if a test could."""
        change = f"{self.function}: {self.before} -> {self.after}"
        return next((reason for pattern, reason in EQUIVALENT.items() if re.search(pattern, change)), "")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the mutants and write the page; exit code 1 if mutmut fails."""
    arguments = parser().parse_args(argv)
    try:
        prepare_room()
        forget_survivors(ROOM)
        run(arguments.processes, arguments.mutants)
        found = list(read_mutants(ROOM, whole=not arguments.mutants))
        if not arguments.mutants:
            PAGE.write_text(page(found), encoding="utf-8", newline="\n")
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    print(summary(found))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line of this module."""
    result = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__, allow_abbrev=False)
    result.add_argument("--processes", type=int, default=1, help="tests that run at the same time")
    result.add_argument("mutants", nargs="*", help="only mutants of these names, with wildcards; writes no page")
    return result


def prepare_room() -> None:
    """Copy what git knows of the clone, uncommitted changes too; mutmut keeps its results beside that."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True).stdout
    for old in ROOM.glob("[!m]*"):  # all but its folder `mutants`
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (ROOM / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, ROOM / name)


def forget_survivors(room: Path) -> None:
    """Take back the results of what survived, which mutmut would keep: there may be a test for it now."""
    for file in (room / "mutants").rglob("*.py.meta"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        codes: Mapping[str, int | None] = kept["exit_code_by_key"]
        kept["exit_code_by_key"] = {name: None if code in SURVIVED else code for name, code in codes.items()}
        file.write_text(json.dumps(kept), encoding="utf-8")


def run(processes: int, names: Sequence[str]) -> None:
    """Let mutmut test the mutants; raises OperationError if the tests fail without any, or it is not installed."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes), *names]
    if subprocess.run(command, cwd=ROOM, check=False).returncode:
        raise OperationError("mutmut failed: see above. Run it in its own environment: nox -s mutants")


def read_mutants(room: Path, whole: bool) -> Iterable[Mutant]:
    """Read mutmut's results in the folder where it ran; those that were not tested are left out unless `whole`.

    Raises:
        OperationError: `whole`, and some mutants were not tested.
    """
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    with contextlib.chdir(room):
        for file in sorted(Path("mutants").rglob("*.py.meta")):
            codes: Mapping[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
            source = file.relative_to("mutants").with_suffix("").as_posix()
            for name, code in codes.items():
                if code is None and whole:
                    raise OperationError(
                        f"The mutant {name} was not tested. Run the session to its end: nox -s mutants"
                    )
                if code is None:
                    continue
                lines = get_diff_for_mutant(name).splitlines()[2:] if code in SURVIVED else []
                yield Mutant(source, name, code in SURVIVED, _join(lines, "-"), _join(lines, "+"))


def _join(lines: Iterable[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in lines if line.startswith(sign))


def summary(mutants: Sequence[Mutant]) -> str:
    """Say in one line how many survived."""
    survived = [mutant for mutant in mutants if mutant.survived]
    equal = sum(bool(mutant.reason) for mutant in survived)
    share = len(survived) / max(len(mutants), 1)
    return (
        f"{len(survived):,} of {len(mutants):,} mutants survived, {share:.1%}: {equal} of them change nothing that "
        f"could be seen, {len(survived) - equal} are left."
    )


def page(mutants: Sequence[Mutant]) -> str:
    """Write the page: what survived of each file, then every survivor with the reason why it does."""
    files = sorted({mutant.file for mutant in mutants})
    rows = [_row(file, [mutant for mutant in mutants if mutant.file == file]) for file in files]
    table = "\n".join(["| file | mutants | survived | of these, equivalent |", "|---|---|---|---|", *rows])
    survivors = [line for file in files for line in _survivors(file, mutants)]
    return f"{HEAD}**{summary(mutants)}**\n\n{table}\n\n## Survivors\n" + "\n".join(survivors) + "\n"


def _row(file: str, mutants: Sequence[Mutant]) -> str:
    survived = [mutant for mutant in mutants if mutant.survived]
    return f"| `{file}` | {len(mutants)} | {len(survived)} | {sum(bool(mutant.reason) for mutant in survived)} |"


def _survivors(file: str, mutants: Iterable[Mutant]) -> list[str]:
    lines = [
        f"* `{mutant.function}`: {_code(mutant.before)} became {_code(mutant.after)}. "
        f"{mutant.reason or '**A test is missing.**'}"
        for mutant in mutants
        if mutant.file == file and mutant.survived
    ]
    return [f"\n### {file}\n", *lines] if lines else []


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`" if text else "nothing"


if __name__ == "__main__":
    raise SystemExit(main())
