# %% [markdown]
# # Understand the champion
# How good it is and against what, where it errs, which features it uses and how, and what one prediction is made of.
# Everything is computed from the registered files on the rows that they were tested on, for any model and task.

# %%
from workbench import open_project

project = open_project()
use_case, champion = project.use_case, project.champion()
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from figures import BLUE, GREY, ORANGE, in_order, label_of, use_style
from workbench import clusters_of, columns_of, outcomes_of

from learning.attribution import attribute
from learning.features import encode
from learning.importance import partial_dependence, permutation_importance, sample_size, spread
from learning.intervals import group_rows, interval_of, is_too_few, replicate
from learning.metrics import METRICS

use_style()
test, scorer = champion.part("test"), champion.scorer
matrix = encode(columns_of(test, scorer.columns), scorer.features)
scores = scorer.score(matrix).astype(np.float64)
outcomes = outcomes_of(use_case, test, scorer.classes)
metric_name = project.configuration.gate.metric
metric = METRICS[metric_name]
print(f"{champion.version.name} version {champion.version.version}: {metric_name} {metric(outcomes, scores):.4f}")

# %% [markdown]
# ## How good it is
# Beside a constant answer and a linear model on the same rows: what it gains over them is what the trees are worth.

# %%
evaluation = champion.evidence.evaluation
pd.DataFrame({"champion": evaluation["metrics"], **evaluation["baselines"]}).round(4)

# %% [markdown]
# ## Where it errs
# Of events and classes, a good model is sure where it is right. Of numbers, its errors lie around zero, as far to the
# one side as to the other.

# %%
figure, axes = plt.subplots()
if use_case.task == "binary":
    for happened, colour, style in ((False, BLUE, "-"), (True, ORANGE, "--")):
        chosen = scores[outcomes == happened]
        shares, edges = np.histogram(chosen, np.linspace(0, 1, 41))
        name = use_case.event if happened else f"not {use_case.event}"
        axes.stairs(
            100 * shares / len(chosen),
            edges,
            color=colour,
            linestyle=style,
            linewidth=2,
            label=f"{name}, {len(chosen):,}",
        )
    axes.set(xlabel=f"predicted probability of {use_case.event}", ylabel="rows with that outcome (%)", xlim=(0, 1))
    loss = np.abs(outcomes - scores)
elif use_case.task == "multiclass":
    right = scores.argmax(axis=1) == outcomes
    for hit, colour, style in ((False, ORANGE, "--"), (True, BLUE, "-")):
        chosen = scores.max(axis=1)[right == hit]
        shares, edges = np.histogram(chosen, np.linspace(0, 1, 41))
        label = f"{'right' if hit else 'wrong'}, {len(chosen):,}"
        axes.stairs(100 * shares / max(len(chosen), 1), edges, color=colour, linestyle=style, linewidth=2, label=label)
    axes.set(xlabel="probability of the likeliest class", ylabel="rows of that kind (%)", xlim=(0, 1))
    loss = 1 - scores[np.arange(len(scores)), outcomes]
else:
    residuals = outcomes - scores
    low, high = np.quantile(residuals, [0.005, 0.995])
    axes.hist(residuals, np.linspace(low, high, 61), color=BLUE, label=f"{len(residuals):,} {use_case.rows}")
    axes.axvline(0, color=GREY, linestyle=":")
    axes.set(xlabel=f"actual minus predicted {use_case.event}", ylabel=use_case.rows)
    loss = np.abs(residuals)
axes.set_title("Answers by what happened")
axes.legend()
plt.show()

# %% [markdown]
# The ten worst answers. Look for what they share: a value that cannot be, a cause that no column knows.

# %%
worst = np.argsort(-loss, kind="stable")[:10]
answers = scores.max(axis=1) if scores.ndim == 2 else scores
shown = test.iloc[worst].assign(**{"its answer": answers[worst].round(3), "error": loss[worst].round(3)})
shown[[*use_case.keys, use_case.target, "its answer", "error", *list(use_case.features)[:6]]]

# %% [markdown]
# ## Slices
# The metric by which versions are compared, in each slice with enough rows, with the interval that the model card gives
# it: rows that share a cause stay together. A slice whose interval lies apart from the line deserves a look.

# %%
confidence, seed = project.configuration.gate.confidence, project.configuration.seed
together = group_rows(clusters_of(use_case, test), seed)


def interval(chosen):
    """Return the metric of the chosen rows (rows,) and both ends of its interval; NaN where rows are too few."""
    if is_too_few(use_case.task, outcomes[chosen], together[chosen]):
        return np.nan, np.nan, np.nan
    replicates = replicate(metric, outcomes[chosen], scores[chosen], together[chosen])
    return replicates[0], *(interval_of(replicates, confidence, metric) or (np.nan, np.nan))


overall = metric(outcomes, scores)
columns = [name for name in use_case.sliced_by if name in test][:2] or [next(iter(use_case.features))]
figure, grid = plt.subplots(1, len(columns), figsize=(5.2 * len(columns), 4.4), squeeze=False)
for axes, column in zip(grid.flat, columns, strict=True):
    values = test[column].astype(object).where(test[column].notna(), "missing").astype(str)
    largest = values.value_counts().index[:14]
    found = {value: interval((values == value).to_numpy()) for value in reversed(in_order(largest))}
    found = {value: numbers for value, numbers in found.items() if not np.isnan(numbers).any()}
    middle, low, high = (np.array([numbers[place] for numbers in found.values()]) for place in range(3))
    places = np.arange(len(found))
    axes.hlines(places, low, high, color=BLUE, linewidth=2)
    axes.plot(middle, places, "o", color=BLUE)
    axes.axvline(overall, color=ORANGE, linestyle="--", zorder=0)
    axes.set_yticks(places, [f"{value[:18]} ({(values == value).sum():,})" for value in found])
    axes.locator_params(axis="x", nbins=6)
    better = "higher" if metric.higher_is_better else "lower"
    axes.set(
        xlabel=f"{metric_name.replace('_', ' ')} ({better} is better)", ylabel=f"{column.replace('_', ' ')} (rows)"
    )
figure.suptitle(f"The metric by slice, with intervals at {confidence:.0%}; dashed: all rows, {overall:.3f}")
plt.show()

# %% [markdown]
# ## Which features it uses
# Permutation importance (Breiman 2001, "Random Forests"): how much worse the metric gets when a column is shuffled, on
# a sample of test rows. Columns that say the same share their importance: a small one does not prove a column useless.

# %%
places = spread(len(matrix), 4 * sample_size(len(scorer.columns)))
sample = matrix[places]
found = permutation_importance(
    scorer.score, sample, outcomes[places], metric, scorer.features, together[places], confidence, seed
)
ranked = pd.DataFrame(found).set_index("feature")[:15][::-1]
figure, axes = plt.subplots(figsize=(8, 1.2 + 0.3 * len(ranked)))
axes.barh(ranked.index, ranked["difference"], color=BLUE)
axes.hlines(ranked.index, *ranked[["lower", "upper"]].astype(float).to_numpy().T, color=GREY)
axes.axvline(0, color=GREY, linewidth=1)
axes.set(
    title=f"Importance of features, with intervals at {confidence:.0%}",
    xlabel=f"{metric_name.replace('_', ' ')} lost when the column is shuffled",
    ylabel="feature",
)
plt.show()

# %% [markdown]
# ## How it uses them
# Partial dependence (Friedman 2001, "Greedy Function Approximation"): the mean answer if every row of a sample had this
# value and all else stayed as it is. Of classes, the answer is the probability of the class that is most frequent.

# %%
shown_class = int(np.bincount(outcomes).argmax()) if scores.ndim == 2 else 0
name = scorer.classes[shown_class] if scorer.classes else use_case.event
what = f"predicted {name}" if use_case.task == "regression" else f"probability of {name}"


def answer(rows):
    """Return one number a row: the probability of the event or of the class shown, or the prediction."""
    given = scorer.score(rows).astype(np.float64)
    return given[:, shown_class] if given.ndim == 2 else given


figure, grid = plt.subplots(2, 2, figsize=(11, 7), sharey=True)
top = list(reversed(ranked.index))[:4]
for axes, column in zip(grid.flat, top, strict=False):
    position = scorer.columns.index(column)
    curve = partial_dependence(answer, sample, scorer.features[position], position)
    values = ["missing" if value is None else value for value in curve["values"]]
    if curve["kind"] == "number":
        pairs = [(value, mean) for value, mean in zip(values, curve["means"], strict=True) if value != "missing"]
        pairs = pairs[:-1] if len(pairs) > 3 else pairs  # the greatest value lies far out
        axes.plot(*zip(*pairs, strict=True), "o-", color=BLUE, markersize=4, linewidth=2)
    else:
        axes.plot(range(len(values)), curve["means"], "o", color=BLUE)
        axes.set_xticks(range(len(values)), [str(value)[:14] for value in values], rotation=45, ha="right")
    axes.set(xlabel=label_of(project.units, column), ylabel=what)
for axes in list(grid.flat)[len(top) :]:
    axes.set_axis_off()
figure.suptitle("Mean answer by the value of a feature")
plt.show()

# %% [markdown]
# ## What one prediction is made of
# Shapley values by sampling (Štrumbelj & Kononenko 2014, "Explaining prediction models"): by how much each feature
# moves the answer away from the mean one; they sum to the difference. They explain the model, and not the world.
# `invoke explain` does the same for rows of yours, and writes a page.

# %%
one = int(np.argmax(answer(sample)))
explained = attribute(answer, sample[one], sample[spread(len(sample), 100)], seed)
strongest = np.argsort(-np.abs(explained.contributions))[:10][::-1]
parts, row = explained.contributions[strongest], test.iloc[places[one]]
values = [row[scorer.columns[place]] for place in strongest]
texts = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
labels = [f"{scorer.columns[place]} = {text}" for place, text in zip(strongest, texts, strict=True)]
figure, axes = plt.subplots(figsize=(9, 4.6))
axes.barh(range(len(labels)), parts, color=[ORANGE if value > 0 else BLUE for value in parts])
axes.errorbar(parts, range(len(labels)), xerr=2 * explained.errors[strongest], fmt="none", ecolor=GREY)
axes.set_yticks(range(len(labels)), [label[:44] for label in labels])
axes.axvline(0, color=GREY, linewidth=1)
axes.set(
    title=f"From the mean {explained.average:.3g} to {explained.prediction:.3g}: orange raises it, blue lowers it",
    xlabel=f"change of the {what}",
    ylabel="feature and its value",
)
plt.show()
print(f"all other features together: {explained.contributions.sum() - parts.sum():+.4g}; grey: chance of the sample")

# %% [markdown]
# **Next**: a feature that the worst answers lack: `try_feature.ipynb`. The model card, beside the registered files, has
# the same numbers for readers who do not run notebooks.
