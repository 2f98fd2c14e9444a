# %% [markdown]
# # Score, and ask the service
# The same rows three ways: in this process, as a whole table with `invoke score`, and from a service over HTTP. All
# three must give the same answers, for it is the same file behind the same encoder.

# %%
from workbench import open_project

project = open_project()
use_case, champion = project.use_case, project.champion()
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
import json
import time
from pathlib import Path
from tempfile import mkdtemp
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from figures import BLUE, ORANGE, use_style
from workbench import columns_of, serving

from learning.golden import FILE
from learning.scoring import Scorer
from operation.execution.scoring import score

use_style()

# %% [markdown]
# ## In this process
# The golden rows came with the model: test rows with the scores that evaluation gave them.

# %%
scorer = champion.scorer
golden = json.loads((champion.folder / FILE).read_text(encoding="utf-8"))
rows = pd.DataFrame(golden["rows"])
answers = Scorer.load(champion.folder).predict({name: rows[name].tolist() for name in scorer.columns})
print(f"{len(rows)} golden rows, largest difference {np.abs(answers - np.array(golden['scores'])).max():.1g}")

# %% [markdown]
# ## A whole table
# `invoke score` takes raw tables or, as here, prepared rows, among them those whose outcome is not known yet. Its
# manifest says which version scored, how many rows, and how many were rejected.

# %%
file, output = Path(mkdtemp(prefix="rows-")) / "rows.parquet", Path(mkdtemp(prefix="scores-"))
test = champion.part("test")
test.drop(columns=[use_case.target]).to_parquet(file)
score.score(project.configuration, score.Asked(str(file), str(output), champion.version.version))
manifest = json.loads((output / score.MANIFEST).read_text(encoding="utf-8"))
scored = pd.concat(map(pd.read_parquet, sorted(output.glob("part-*.parquet"))), ignore_index=True)
print({name: value for name, value in manifest.items() if isinstance(value, str | int | float)})
scored.head()

# %% [markdown]
# ## A service
# One that lasts as long as the block, on a free port, in the server that `invoke serve --fast` starts. `invoke deploy`
# starts one that stays, behind an address that versions share.


# %%
def ask(address, asked):
    """Return the status, the answer and the milliseconds that a request with those rows took."""
    body = json.dumps({"data": asked}).encode()
    request = Request(f"{address}/score", body, {"Content-Type": "application/json"})  # noqa: S310  (our own service)
    start = time.perf_counter()
    try:
        with urlopen(request, timeout=30) as reply:  # noqa: S310
            status, answer = reply.status, json.load(reply)
    except HTTPError as error:
        status, answer = error.code, json.load(error)
    return status, answer, 1000 * (time.perf_counter() - start)


def as_rows(frame):
    """Return rows as a request has them: a dict each, null where a value is missing."""
    columns = columns_of(frame, scorer.columns)
    return [
        {name: None if value != value else value for name, value in zip(columns, each, strict=True)}
        for each in zip(*(np.asarray(column, dtype=object).tolist() for column in columns.values()), strict=True)
    ]


SIZES = (1, 10, 100, 1000)
milliseconds = {}
with serving(project, champion) as address:
    status, answer, _ = ask(address, golden["rows"])
    print(status, {name: value for name, value in answer.items() if not isinstance(value, list)})
    given = answer.get("probabilities", answer.get("predictions"))  # of classes, a probability for each name
    over_http = np.array([list(each.values()) if isinstance(each, dict) else each for each in given])
    print(f"over HTTP, the largest difference is {np.abs(over_http - answers).max():.1g}")
    print(*ask(address, [{**golden["rows"][0], "unheard_of": 1}])[:2])
    for size in SIZES:
        asked = as_rows(test.iloc[: min(size, len(test))])
        milliseconds[size] = [ask(address, asked)[2] for _ in range(100)]

# %% [markdown]
# ## How long an answer takes
# From the request to the answer, with one client and a connection for each request, on this machine.

# %%
table = pd.DataFrame(milliseconds).quantile([0.5, 0.99]).T
figure, axes = plt.subplots()
for quantile, colour, style, label in ((0.5, BLUE, "o-", "median"), (0.99, ORANGE, "s--", "99th percentile")):
    axes.plot(table.index, table[quantile], style, color=colour, label=label)
axes.set(
    title="Time of an answer by rows in the request",
    xlabel=f"{use_case.rows} in a request (logarithmic)",
    ylabel="time of an answer (ms, logarithmic)",
    xscale="log",
    yscale="log",
)
for axis in (axes.xaxis, axes.yaxis):
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("{x:g}" if axis is axes.yaxis else "")
axes.legend()
plt.show()
table.rename(columns={0.5: "median (ms)", 0.99: "99th percentile (ms)"}).round(1)

# %% [markdown]
# **Next**: `invoke deploy`, then `invoke monitor --requests`, which judges a service by its log.
