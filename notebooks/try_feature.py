# %% [markdown]
# # Try a feature, and prove it on the selection part
# A feature is tried without a look at the test part: both models learn from what is left before the selection part, and
# are compared on it, as the trials of `invoke sweep` are. The test part stays what nobody has chosen anything by.

# %%
from workbench import open_project

project = open_project()
use_case, champion = project.use_case, project.champion()
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
from dataclasses import fields
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from figures import BLUE, GREY, ORANGE, group_rows, in_order, label_of, use_style
from workbench import clusters_of, columns_of, outcomes_of, run_script

from learning.comparison import paired_bootstrap
from learning.features import encode, fit_features
from learning.fitting import Settings, TrainingRows
from learning.metrics import METRICS
from learning.models import MODELS
from learning.outcomes import find_classes
from operation.execution.training import pipeline

use_style()

# %% [markdown]
# ## The rows
# `src/prepare.py` with the arguments that a sweep gives it: its `test.parquet` is the selection part.

# %%
configuration = project.configuration
folders = {"raw": str(configuration.outputs / "data" / "raw"), "prepared": mkdtemp(prefix="selection-")}
print(run_script("prepare", *pipeline.prepare(configuration, hold_out="selection").argv(folders)))
train = pd.read_parquet(Path(folders["prepared"], "train.parquet"))
selection = pd.read_parquet(Path(folders["prepared"], "test.parquet"))
MOST_ROWS = 150_000  # to learn from, evenly spread: enough to see a gain, and no minute to wait for it
if len(train) > MOST_ROWS:
    train = train.iloc[np.linspace(0, len(train) - 1, MOST_ROWS).astype(int)].reset_index(drop=True)

# %% [markdown]
# ## The feature
# **Change this cell.** It gets the rows to learn from and any rows, and returns a column for the latter. What it
# learns, such as a median, it must learn from the former alone. The one here says how far a number lies from what is
# usual in the row's category. What is known only after the prediction must not go in.

# %%
numbers = [name for name, kind in use_case.features.items() if kind == "number"]
categories = [name for name, kind in use_case.features.items() if kind == "category"]
NAME = f"unusual_{numbers[0]}" if numbers else "values_missing"


def feature(learned, rows):
    """Return the new column (rows,) of `rows`."""
    if not numbers:
        return rows[list(use_case.features)].isna().sum(axis=1).astype(float)
    usual = learned[numbers[0]].median()
    if categories:
        usual = rows[categories[0]].map(learned.groupby(categories[0])[numbers[0]].median()).fillna(usual)
    return (rows[numbers[0]] - usual).astype(float)


columns = [feature(train, rows) for rows in (train, selection)]
train, selection = (rows.assign(**{NAME: column}) for rows, column in zip((train, selection), columns, strict=True))
selection[NAME].describe().to_frame().round(3).T

# %% [markdown]
# ## Two models
# They differ in the feature alone: same rows, same settings, same seed, which are those of the configuration.


# %%
def fit_and_score(kinds):
    """Train on those columns, and return the scores of the selection part."""
    features = fit_features(columns_of(train, [*kinds]), kinds)
    matrix = encode(columns_of(train, [*kinds]), features)
    outcomes = outcomes_of(use_case, train, classes)
    rows = TrainingRows(matrix, outcomes, features, use_case.event, use_case.task, classes)
    model = MODELS[configuration.training["model"]](rows, settings)
    return model.predict(encode(columns_of(selection, [*kinds]), features))


given = {**configuration.training.model_dump(), "seed": configuration.seed, "threads": configuration.threads}
settings = Settings(**{each.name: given[each.name] for each in fields(Settings) if each.name in given})
classes = find_classes(use_case.task, train[use_case.target].to_numpy())
without = fit_and_score(dict(use_case.features))
with_it = fit_and_score({**use_case.features, NAME: "number"})

# %% [markdown]
# ## Proved, or not
# The same paired bootstrap as the gate's: the feature is proved if the whole interval of the gain lies above zero and
# the gain is at least `gate.least_gain`. Try ten features, and expect one to look proved by luck: the interval is for
# one look. What is proved here is judged once more by the gate, on test rows that had no say.

# %%
gate = configuration.gate
metric, outcomes = METRICS[gate.metric], outcomes_of(use_case, selection, classes)
clusters = clusters_of(use_case, selection)


def gain(chosen):
    """Compare both models on the chosen rows (rows,)."""
    numbers = np.unique(clusters[chosen], return_inverse=True)[1]
    compared = (outcomes[chosen], with_it[chosen], without[chosen], numbers)
    how = {"confidence": gate.confidence, "resamples": 300, "seed": configuration.seed}
    return paired_bootstrap(metric, *compared, **how)


whole = gain(np.ones(len(selection), dtype=bool))
proved = whole.lower > 0 and whole.difference >= gate.least_gain
print(
    f"{NAME}: {'proved' if proved else 'not proved'}; {gate.metric} {whole.difference:+.5f}, "
    f"{gate.confidence:.0%} interval {whole.lower:+.5f} to {whole.upper:+.5f}, on {len(selection):,} {use_case.rows}"
)

# %% [markdown]
# Where it helps and where it hurts: the gain among the rows of each group of the feature's own values.

# %%
units = {**project.units, **({NAME: project.units[numbers[0]]} if numbers and numbers[0] in project.units else {})}
groups = group_rows(selection[NAME], most=8).to_numpy()
found = {"all rows": whole}
for name in in_order(pd.unique(groups)):
    chosen = groups == name
    if chosen.sum() >= 100 and len(np.unique(outcomes[chosen])) > 1 and len(np.unique(clusters[chosen])) > 1:
        found[f"{name} ({chosen.sum():,})"] = gain(chosen)
places = np.arange(len(found))[::-1]
figure, axes = plt.subplots(figsize=(8, 1.4 + 0.36 * len(found)))
axes.hlines(places, [each.lower for each in found.values()], [each.upper for each in found.values()], color=BLUE, lw=2)
colours = [ORANGE, *[BLUE] * (len(found) - 1)]
axes.scatter([each.difference for each in found.values()], places, color=colours, zorder=3)
axes.axvline(0, color=GREY, linestyle=":")
axes.set_yticks(places, list(found))
axes.set(
    title=f"Gain by {NAME}, with intervals at {gate.confidence:.0%}",
    xlabel=f"gain in {gate.metric.replace('_', ' ')} (right of zero: better)",
    ylabel=f"{label_of(units, NAME)} (rows)",
)
plt.show()

# %% [markdown]
# **Next**: keep what is proved. Its SQL goes to `src/NAME/data.py`, its name and kind to `FEATURES` in
# `src/NAME/schema.py`; then `invoke train`, whose gate has the last word, and `compare_runs.ipynb`.
