# %% [markdown]
# # Compare two runs
# What differs in what they were given, and what came of it: metrics with a paired interval on the same test rows,
# slices, and the rows on which they disagree most.

# %%
from workbench import open_project

project = open_project()
use_case, champion = project.use_case, project.champion()
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from figures import BLUE, GREY, ORANGE, in_order, use_style
from workbench import NotebookError, clusters_of, columns_of, outcomes_of, read_part

from learning.comparison import paired_bootstrap
from learning.files import read_json
from learning.metrics import METRICS, metrics_of
from learning.scoring import Scorer

use_style()

# %% [markdown]
# **Choose two runs**, by the ids that `invoke models` and `invoke ui` show; empty: the champion's and the newest other.

# %%
FIRST, SECOND = "", ""

runs = [each.run.id for each in project.trained_runs()]
first = project.evidence(FIRST or champion.version.run)
others = [run for run in runs if run != first.run.id]
if not SECOND and not others:
    change = project.configuration.command("train --set training.leaves=15")
    raise NotebookError(f"There is one run of {use_case.name}, and comparing takes two. Train another: {change}")
second = project.evidence(SECOND or others[0])
pair = {"first": first, "second": second}
print(f"first {first.run.id}, second {second.run.id}; {len(runs)} runs are here")

# %% [markdown]
# ## What they were given


# %%
def flatten(values, before=""):
    """Return nested values by their dotted names."""
    found = {}
    for name, value in values.items():
        nested = isinstance(value, dict)
        found |= flatten(value, f"{before}{name}.") if nested else {before + name: value}
    return found


def differing(tables):
    """Return the rows in which the columns of a table differ, as text."""
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in tables.items()}).map(str)
    return table[table["first"] != table["second"]]


values = {name: flatten(dict(each.configuration)) for name, each in pair.items()}
differing(values)

# %%
lineage = differing({name: dict(each.lineage) for name, each in pair.items()})
same = "Data, code and lock are the same." if lineage.drop("configuration_sha256", errors="ignore").empty else ""
print(same or "Not the configuration alone differs:")
lineage

# %% [markdown]
# ## What came of it
# Both models score the same rows: the test part of the second run. Positive gains mean that the second is better. A
# model that has learned from some of these rows looks better than it is, so mind the first line below.

# %%
hashes = {name: read_json(each.run.folder / "prepared" / "sha256.json")["test.parquet"] for name, each in pair.items()}
same_rows = hashes["first"] == hashes["second"]
print("Both runs were tested on these rows." if same_rows else "The first run was tested on OTHER rows than these.")
test = read_part(second.run, "test")
scorers = {name: Scorer.load(each.run.folder / "model", threads=2) for name, each in pair.items()}
lacking = [name for name in scorers["first"].columns if name not in test]
if lacking:
    raise NotebookError(f"The first run reads {', '.join(lacking)}, which the rows of the second lack: choose others.")
scores = {name: scorer.predict(columns_of(test, scorer.columns)).astype(np.float64) for name, scorer in scorers.items()}
outcomes = outcomes_of(use_case, test, scorers["second"].classes)
clusters = clusters_of(use_case, test)
confidence = project.configuration.gate.confidence


def gain(metric, chosen):
    """Compare the second run with the first on the chosen rows (rows,)."""
    numbers = np.unique(clusters[chosen], return_inverse=True)[1]
    both = (outcomes[chosen], scores["second"][chosen], scores["first"][chosen], numbers)
    return paired_bootstrap(metric, *both, confidence=confidence, resamples=200, seed=project.configuration.seed)


everything = np.ones(len(test), dtype=bool)
table = {}
for name, metric in metrics_of(use_case.task).items():
    found = gain(metric, everything)
    each = {f"{which} run": metric(outcomes, scores[which]) for which in pair}
    table[name] = {**each, "gain": found.difference, "from": found.lower, "to": found.upper}
metrics = pd.DataFrame(table).T.round(5)
metrics["so"] = np.select([metrics["from"] > 0, metrics["to"] < 0], ["second better", "first better"], "no difference")
metrics

# %% [markdown]
# ## By slice

# %%
name = project.configuration.gate.metric
metric = METRICS[name]
columns = [column for column in use_case.sliced_by if column in test][:2] or [next(iter(use_case.features))]
figure, grid = plt.subplots(1, len(columns), figsize=(5.2 * len(columns), 4.4), squeeze=False)
for axes, column in zip(grid.flat, columns, strict=True):
    values = test[column].astype(object).where(test[column].notna(), "missing").astype(str).to_numpy()
    found = {}
    for value in reversed(in_order(pd.Series(values).value_counts().index[:14])):
        chosen = values == value
        if chosen.sum() >= 50 and len(np.unique(outcomes[chosen])) > 1 and len(np.unique(clusters[chosen])) > 1:
            found[f"{value[:18]} ({chosen.sum():,})"] = gain(metric, chosen)
    places = np.arange(len(found))
    axes.hlines(
        places, [each.lower for each in found.values()], [each.upper for each in found.values()], color=BLUE, lw=2
    )
    axes.plot([each.difference for each in found.values()], places, "o", color=BLUE)
    axes.axvline(0, color=GREY, linestyle=":")
    axes.set_yticks(places, list(found))
    axes.locator_params(axis="x", nbins=5)
    words = name.replace("_", " ")
    axes.set(xlabel=f"gain in {words} (right: second better)", ylabel=f"{column.replace('_', ' ')} (rows)")
figure.suptitle(f"Gain of the second run by slice, with intervals at {confidence:.0%}")
plt.show()

# %% [markdown]
# ## Where they disagree
# Each dot is a row; off the line, the runs answer differently. The ten rows with the largest difference follow.

# %%
answers = {which: each.max(axis=1) if each.ndim == 2 else each for which, each in scores.items()}
difference = answers["second"] - answers["first"]
spread = np.linspace(0, len(test) - 1, min(4000, len(test))).astype(int)
figure, axes = plt.subplots(figsize=(5.4, 5.2))
axes.scatter(answers["first"][spread], answers["second"][spread], s=6, alpha=0.3, color=BLUE, linewidth=0)
ends = [min(map(np.min, answers.values())), max(map(np.max, answers.values()))]
axes.plot(ends, ends, color=ORANGE, linestyle="--", label="the same answer")
what = {
    "binary": f"probability of {use_case.event}",
    "multiclass": "probability of the likeliest class",
    "regression": f"predicted {use_case.event}",
}[use_case.task]
axes.set(title=f"Answers to {len(spread):,} test rows", xlabel=f"first run: {what}", ylabel=f"second run: {what}")
axes.legend()
plt.show()

# %%
most = np.argsort(-np.abs(difference), kind="stable")[:10]
shown = test.iloc[most].assign(first=answers["first"][most].round(4), second=answers["second"][most].round(4))
shown[[*use_case.keys, use_case.target, "first", "second", *list(use_case.features)[:6]]]

# %% [markdown]
# **Next**: `invoke compare` writes a page of two runs, also of other branches and environments. `invoke register`
# puts a run through the gate, which compares it with the champion as done here.
