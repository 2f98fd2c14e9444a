"""Write the page on a log of requests, and its part of other pages."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from operation.monitoring.decision import say_end
from operation.monitoring.report import measures, shell
from operation.monitoring.thresholds import Finding

MOST = 30  # features whose missing values are listed, those with the most


def service_page(decision: Mapping[str, Any], findings: Sequence[Finding], described: Mapping[str, Any]) -> str:
    """Return the report as HTML: the decision with its reasons, what was answered, and the measures."""
    return shell(decision, "The log of a service's requests.", service(described) + measures(findings))


def service(described: Mapping[str, Any] | None) -> str:
    """Return what describes the requests as a part of a page, as metrics.json has it under `requests`; "" for None."""
    if described is None:
        return ""
    facts = {
        "Requests": f"{described['requests']:,}",
        "Rows scored": f"{described['rows']:,}",
        "Half-written lines, left out": f"{described['broken_lines']:,}",
        "First request": say_end(described["first"] or "none"),
        "Last request": say_end(described["last"] or "none"),
        "Median time": _milliseconds(described["p50_ms"]),
        "99th percentile of the time": _milliseconds(described["p99_ms"]),
        "Requests by version": ", ".join(f"{name}: {count:,}" for name, count in described["versions"].items())
        or "none",
    }
    missing = sorted(described["missing"].items(), key=lambda each: -each[1])[:MOST]
    facts |= {f"Missing values of {name}": f"{share:.1%}" for name, share in missing}
    rows = "".join(f"<tr><td>{escape(name)}</td><td class=n>{escape(fact)}</td></tr>" for name, fact in facts.items())
    return f"<h2>Service</h2><div class='wide'><table>{rows}</table></div>"


def _milliseconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g} ms"
