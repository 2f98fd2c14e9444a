"""From raw parcels and weather to the rows that models learn from."""

from dataclasses import asdict, dataclass
from typing import Any

from duckdb import DuckDBPyConnection

ORDER = "sent_at, parcel"
PREPARED = """
CREATE OR REPLACE TABLE prepared AS
SELECT
    sent_at::DATE AS sent_date, sent_at, parcel, month(sent_at) AS month, courier, town, distance, weight,
    hour(sent_at) AS hour,
    if(sent_at - observed_at <= to_hours($max_weather_age_hours), temp, NULL) AS temp,
    if(sent_at - observed_at <= to_hours($max_weather_age_hours), rain, NULL) AS rain,
    CASE WHEN isfinite(hours::DOUBLE) THEN (hours - $overdue_after_hours > 0)::TINYINT END AS overdue
FROM parcels ASOF LEFT JOIN weather ON observed_at <= sent_at
"""


@dataclass(frozen=True)
class Rules:
    """What is overdue, and how old weather may be."""

    overdue_after_hours: int
    max_weather_age_hours: int


def prepare(connection: DuckDBPyConnection, rules: Rules) -> dict[str, Any]:
    """Make the table `prepared`, a row a parcel; `overdue` is null for those that have not arrived."""
    connection.execute(PREPARED, asdict(rules))
    raw, used = connection.table("prepared").aggregate("count(*), count(overdue)").fetchall()[0]
    return {"raw": raw, "lost": raw - used, "used": used}


def summary(counts: dict[str, Any]) -> str:
    """Say in a line what `prepare` has left out."""
    return f"left out {counts['lost']:,} lost"
