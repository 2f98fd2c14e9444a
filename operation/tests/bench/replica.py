"""A larger data set that keeps every promise of the suites: each flight many times, a minute after one another."""

import shutil
from pathlib import Path
from string import ascii_uppercase

COPIES = 20  # of 336,776 flights: 6.7 million; each has a letter
LETTERS = ascii_uppercase  # in place of the N with which the numbers of aircraft begin
MEMORY = "500MB"

# The key (time_hour, carrier, flight) stays unique, and the last hour of the year stays in the year; each copy has
# aircraft of its own, as none is at two places at once. Copy follows copy: equal rows side by side would be a file,
# and a work, that is easier than that of more flights.
COPY = """
SELECT * REPLACE (
    make_timestamptz(epoch_us(time_hour) + 60_000_000 * {copy}) AS time_hour,
    '{letter}' || tailnum[2:] AS tailnum
)
FROM read_parquet('{source}')
"""
WRITE = "COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"


def replicate(raw: Path, folder: Path, copies: int = COPIES) -> int:
    """Write `copies` times the flights of the folder `raw`, and its weather as it is; return the number of flights."""
    import duckdb

    folder.mkdir(parents=True)
    source, target = raw / "flights.parquet", folder / "flights.parquet"
    query = "UNION ALL".join(COPY.format(copy=copy, letter=LETTERS[copy], source=source) for copy in range(copies))
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(WRITE.format(query=query, target=target))
        (rows,) = connection.read_parquet(str(target)).count("*").fetchall()[0]
    shutil.copy(raw / "weather.parquet", folder)
    return int(rows)
