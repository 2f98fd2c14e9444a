"""Walk through the twelve months of the flights with suites that learn; write docs/expectations.md.

Each month is judged by suites that were learned from the months before it and from nothing else: the first are those
that `invoke new` guesses from January, and before each later month every proposal is accepted. Beside them stand the
guesses as they are, and the committed suites, which a person wrote who knew the whole year.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operation.execution.backends import connect
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT
from operation.execution.expectations.suites import read_suites
from operation.execution.tables.snapshot import bring
from operation.tests.expectations.verdicts import Verdict, verdicts_of
from operation.tests.expectations.walk import KINDS, LEARNED, MONTHS, Walk, split_by_month, walk

PAGE = ROOT / "docs" / "expectations.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
QUICK = MONTHS[:4]
MOST_REFUSED, LEAST_FOUND = 2, 0.8  # months that the learned suites may refuse wrongly, share of corruptions to find


def page_text(verdicts: Sequence[Verdict]) -> str:
    """Return the tables of the page, in Markdown."""
    months = sorted({each.month for each in verdicts})
    return "\n\n".join(
        [
            f"{len(months)} months, {len(_broken(verdicts, KINDS[0]))} corruptions.",
            _table(["suites", "months refused", "months warned of", "warnings", "corruptions found", "of them refused"],
                   [_total(verdicts, kind) for kind in KINDS]),
            "## Month by month\nFalse alarms: refused, or the number of warnings. Found: of the month's corruptions.",
            _table(["month", *(f"{kind}: false alarms" for kind in KINDS), *(f"{kind}: found" for kind in KINDS)],
                   [_month(verdicts, month) for month in months]),
            "## Corruption by corruption\nOf every column of both tables, in every month.",
            _table(["corruption", "tried", *KINDS], list(_ways(verdicts))),
            "## What the learned suites were wrong about",
            _table(["month", "expectation", "severity"], list(_wrong(verdicts))),
        ]
    )  # fmt: skip


def is_enough(verdicts: Sequence[Verdict]) -> bool:
    """Say whether the learned suites are as good as promised."""
    broken = _broken(verdicts, LEARNED)
    found = sum(each.found for each in broken)
    refused = sum(each.refused for each in _clean(verdicts, LEARNED))
    return refused <= MOST_REFUSED and found >= LEAST_FOUND * len(broken)


def _clean(verdicts: Sequence[Verdict], kind: str) -> list[Verdict]:
    return [each for each in verdicts if each.kind == kind and not each.corruption]


def _broken(verdicts: Sequence[Verdict], kind: str) -> list[Verdict]:
    return [each for each in verdicts if each.kind == kind and each.corruption]


def _total(verdicts: Sequence[Verdict], kind: str) -> list[str]:
    clean, broken = _clean(verdicts, kind), _broken(verdicts, kind)
    found, refused = sum(each.found for each in broken), sum(each.refused for each in broken)
    return [
        kind,
        f"{sum(each.refused for each in clean)} of {len(clean)}",
        f"{sum(bool(each.warnings) for each in clean)} of {len(clean)}",
        str(sum(each.warnings for each in clean)),
        f"{found:,} of {len(broken):,} ({found / max(len(broken), 1):.1%})",
        f"{refused:,} ({refused / max(len(broken), 1):.1%})",
    ]


def _month(verdicts: Sequence[Verdict], month: int) -> list[str]:
    of_month = [each for each in verdicts if each.month == month]
    alarms = []
    for kind in KINDS:
        (clean,) = _clean(of_month, kind)
        alarms.append("refused" if clean.refused else str(clean.warnings))
    broken = [_broken(of_month, kind) for kind in KINDS]
    return [f"2013-{month:02}", *alarms, *(f"{sum(one.found for one in each)} of {len(each)}" for each in broken)]


def _ways(verdicts: Sequence[Verdict]) -> Iterator[list[str]]:
    for way in dict.fromkeys(each.corruption for each in verdicts if each.corruption):
        of_way = [each for each in verdicts if each.corruption == way]
        tried = len(_broken(of_way, KINDS[0]))
        yield [way, str(tried), *(str(sum(each.found for each in _broken(of_way, kind))) for kind in KINDS)]


def _wrong(verdicts: Sequence[Verdict]) -> Iterator[list[str]]:
    for each in _clean(verdicts, LEARNED):
        for name, severity in each.failed:
            yield [f"2013-{each.month:02}", f"`{name}`", severity]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_page(page: Path, text: str) -> None:
    """Replace what was measured, and leave the words around it."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8", newline="\n")


def measure(months: Sequence[int]) -> Walk:
    """Bring the data, and walk."""
    configuration = load("local", (), "flights")
    data = configuration.data
    with TemporaryDirectory() as folder:
        raw = Path(folder, "raw")
        source = connect(configuration).bring(data.source, data.tables)
        bring(source, data.tables, data.known_defects, raw, configuration.use_case)
        return walk(split_by_month(raw, Path(folder, "months"), months), read_suites(configuration))


def main(argv: Sequence[str] | None = None) -> int:
    """Return 1 if there are more false alarms, or fewer corruptions found, than promised."""
    arguments: Any = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--quick", action="store_true", help="the first months; docs/expectations.md stays")
    quick = arguments.parse_args(argv).quick
    verdicts = verdicts_of(measure(QUICK if quick else MONTHS))
    text = page_text(verdicts)
    print(text)
    if not quick:
        write_page(PAGE, text)
    return int(not quick and not is_enough(verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
