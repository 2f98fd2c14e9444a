"""Write the report of a window as one HTML file: no script, no address, readable on a phone, light and dark."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from operation.console import counted
from operation.execution.json_files import write_whole
from operation.monitoring.attributions import describe_attributions, say_why_none
from operation.monitoring.decision import say_span
from operation.monitoring.performance import LEAST_KNOWN, LEAST_ROWS
from operation.monitoring.performance_report import Part, performance, slices
from operation.monitoring.profiles import Array, Profile
from operation.monitoring.thresholds import Finding, is_short

# The colours of operation/palette.py, darkened for text on white and lightened for text on black.
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c1e21, #e4e6ea); --paper: light-dark(#fff, #16181c);
  --faint: light-dark(#5b616b, #9aa1ad); --line: light-dark(#dfe2e7, #32363d); --before: light-dark(#b9c0cb, #59606c);
  --now: light-dark(#0072b2, #56b4e9); --bad: light-dark(#a84300, #ff9a52); --good: light-dark(#00684a, #4fd1a5); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  padding: 1rem; max-width: 64rem; }
h1 { font-size: 1.4rem; margin: .5rem 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
.wait { color: var(--good); } .investigate, .retrain, .over { color: var(--bad); }
p, li { max-width: 46rem; } .faint { color: var(--faint); font-size: .85rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
td:first-child { overflow-wrap: anywhere; min-width: 5rem; }
tr.over td:first-child::after { content: ", over its limit"; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.n + :not(.n) { padding-left: 1rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .8rem; }
figure { margin: 0; } figcaption { font-size: .85rem; overflow-wrap: anywhere; }
figcaption.over::after { content: ", over its limit"; }
svg { width: 100%; height: 4.5rem; display: block; border-bottom: 1px solid var(--line); }
.before { fill: var(--before); } .now { fill: var(--now); }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; } td span { white-space: nowrap; }
.slices { grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); }
.chart { display: grid; grid-template-columns: auto 1fr; gap: .5rem; } .chart svg { height: 11rem; }
.ends, .days { display: flex; justify-content: space-between; font-size: .85rem; color: var(--faint); }
.ends { flex-direction: column; height: 11rem; text-align: right; font-variant-numeric: tabular-nums; }
.whisker, .dot, .was { fill: none; vector-effect: non-scaling-stroke; stroke: var(--now); stroke-width: 1.5; }
.dot { stroke-width: 8; stroke-linecap: round; } .grid .dot { stroke-width: 6; }
.was { stroke: var(--faint); stroke-dasharray: 4 3; } .band { fill: var(--before); opacity: .35; }
"""
SHOWN = 30  # bars of a histogram, and rows of the table of measures


def write_report(
    file: Path,
    decision: Mapping[str, Any],
    findings: Sequence[Finding],
    reference: Profile,
    window: Profile,
    described: Part | None,
    registered: Part | None = None,
    more: str = "",
) -> None:
    """Write the report: the decision with its reasons, performance, the measures, a histogram of each feature.

    `described` and `registered` are what metrics.json has under `performance` and `registered`; `more` is a part of the
    page that stands before the measures.
    """
    text = page(decision, findings, reference, window, described, registered, more)
    write_whole(file, lambda part: part.write_text(text, encoding="utf-8"))


def page(
    decision: Mapping[str, Any],
    findings: Sequence[Finding],
    reference: Profile,
    window: Profile,
    described: Part | None,
    registered: Part | None = None,
    more: str = "",
) -> str:
    """Return the report as HTML."""
    whole, by_slice = _outcomes(window, described, registered)
    against = (
        f"Compared with the reference of version {decision['version']} "
        f"({reference.rows:,} rows, {' to '.join(reference.span)}). {' '.join(cautions(window, reference))}"
    ).strip()
    return shell(
        decision,
        against,
        f"{whole}{more}{by_slice}{measures(findings)}"
        f"{_attributions(findings, reference, window, decision['version'])}"
        f"<h2>Features and scores</h2><p class='faint'>Shares by bin: the reference in grey, this window in colour."
        f" The last bin of a feature holds missing or unknown values.</p><div class='grid'>"
        f"{_histograms(findings, reference, window)}</div>",
    )


def shell(decision: Mapping[str, Any], says: str, body: str) -> str:
    """Return a whole page: the decision with its reasons and window, a sentence on what was looked at, and the rest."""
    seen, action = decision["window"], decision["decision"]
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in decision["reasons"])
    known = ", ".join(filter(None, (counted(seen["rows"]), say_span(seen))))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Monitoring: {action}</title><style>{STYLE}</style>"
        f'<h1>Decision: <span class="{action}">{action}</span></h1>'
        f"<p>{escape(known)}. {escape(says)}</p>"
        f"<ul>{reasons}</ul>{body}</html>\n"
    )


def _outcomes(window: Profile, described: Part | None, registered: Part | None) -> tuple[str, str]:
    """Return performance in all and by week, and by slice."""
    if not described:
        return "<h2>Performance</h2><p>No outcome is known yet.</p>", ""
    says = (
        f"{described['rows']:,.0f} of {window.scored:,} {'scored ' * (window.scored < window.rows)}rows have an outcome"
    )
    if not described["is_enough"]:
        says += f": too few to judge a loss, which takes {LEAST_ROWS} of them and {LEAST_KNOWN:.0%} of all rows"
    return performance(window.task, described, registered, f"{says}."), slices(window.task, described, registered)


def cautions(window: Profile, reference: Profile) -> list[str]:
    """Return what a reader of the decision must know of the window: it is short, or not all was scored."""
    found = []
    if is_short(window, reference):
        found.append(
            f"Only large faults show in a window of fewer than {reference.least_days} days, and this one has "
            f"{window.days}."
        )
    if window.scored < window.rows:
        found.append(
            f"Scores and performance are those of a sample, {window.scored:,} of {window.rows:,} rows; "
            "all else is measured on every row."
        )
    return found


def estimate(value: float | None) -> str:
    """Return the sentence on performance estimated from scores alone; "" for None."""
    if value is None:
        return ""
    return (
        f"<p class='faint'>Estimated from the scores alone, if calibration holds: area under the ROC curve {value:.3f}."
        " Such estimates are often too good; no decision depends on this one.</p>"
    )


def measures(findings: Sequence[Finding]) -> str:
    """Return the table of those nearest to their limits; "" if there are none."""
    findings = [each for each in findings if each.measure.shows != "evidence"]
    if not findings:
        return ""
    ordered = sorted(findings, key=lambda each: -each.excess)[:SHOWN]
    rows = "".join(
        f"<tr{' class=over' if one.excess > 1 else ''}><td>{escape(one.key)}</td><td class=n>{one.value:.3g}</td>"
        f"<td class=n>{one.limit:.3g}</td><td>{one.measure.layer}</td></tr>"
        for one in ordered
    )
    head = "<tr><th>Measure</th><th class=n>Value</th><th class=n>Limit</th><th>Layer</th></tr>"
    fixed = [not each.measure.margin for each in findings]
    origin = "the limits are fixed" if all(fixed) else "the limits come from the reference's own windows"
    but = ", those of the layer health are fixed" if any(fixed) and not all(fixed) else ""
    return (
        f"<h2>Measures nearest to their limits</h2><p class='faint'>{len(ordered)} of {len(findings)}; {origin}{but}."
        f"</p><div class='wide'><table>{head}{rows}</table></div>"
    )


def _attributions(findings: Sequence[Finding], reference: Profile, window: Profile, version: int) -> str:
    """Show what the predictions rest on, the features with the largest shares in the window first."""
    head = "<h2>What predictions rest on</h2>"
    found, limits = describe_attributions(reference, window), {each.key: each for each in findings}
    if not found:
        return f"{head}<p>{escape(say_why_none(version))}</p>" if window.rows else ""
    rows = []
    for name, shares in sorted(found.items(), key=lambda each: -each[1]["window"])[:SHOWN]:
        one = limits.get(f"attribution/{name}")
        mark = " class=over" if one and one.excess > 1 else ""
        numbers = [f"{shares['reference']:.1%}", f"{shares['window']:.1%}"]
        numbers += [f"{one.value:.1%}", f"{one.limit:.1%}"] if one else ["", ""]
        cells = "".join(f"<td class=n>{number}</td>" for number in numbers)
        rows.append(f"<tr{mark}><td>{escape(name)}</td>{cells}</tr>")
    names = ("Before", "Window", "Away", "Limit")
    columns = f"<th>Feature</th>{''.join(f'<th class=n>{name}</th>' for name in names)}"
    return (
        f"{head}<p class='faint'>The share of each feature in what moves predictions, by Shapley values of a sample of "
        "rows: before, in the whole reference, and in the window; away is how far it is from the nearest window of the "
        "reference. It explains an alarm and raises none.</p>"
        f"<div class='wide'><table><tr>{columns}</tr>{''.join(rows)}</table></div>"
    )


def _histograms(findings: Sequence[Finding], reference: Profile, window: Profile) -> str:
    over = {one.key.partition("/")[2] for one in findings if one.alarms}
    pairs = {"scores": "scores"} | {name: f"bins/{name}" for name in reference.features}
    figures = []
    for name, key in pairs.items():
        if key in window.sums:
            then, now = reference.sums[key].sum(axis=0), window.sums[key].sum(axis=0)
            mark, shown = " class='over'" if name in over else "", escape(name)
            figures.append(f"<figure>{_bars(then, now, shown)}<figcaption{mark}>{shown}</figcaption></figure>")
    return "".join(figures)


def _bars(then: Array, now: Array, name: str) -> str:
    """Draw two histograms of the same bins; many bins are put together, the last one stays alone.

    A screen reader reads `name`.
    """
    size = max(1, -(-(len(then) - 1) // SHOWN))
    starts = [*range(0, len(then) - 1, size), len(then) - 1]
    both = [np.add.reduceat(each, starts) / max(each.sum(), 1) for each in (then, now)]
    top = max(float(both[0].max()), float(both[1].max()), 1e-9)
    width, bars = 100 / len(starts), []
    for place, pair in enumerate(zip(*both, strict=True)):
        for kind, value, shift in zip(("before", "now"), pair, (0.05, 0.45), strict=True):
            height = 40 * float(value) / top
            bars.append(
                f'<rect class="{kind}" x="{(place + shift) * width:.2f}" y="{40 - height:.2f}" '
                f'width="{width * 0.45:.2f}" height="{height:.2f}"/>'
            )
    return f'<svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label="{name}">{"".join(bars)}</svg>'
