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

from learning.features import encode
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
# The metric by which versions are compared, in each slice, with an interval at 90 % from a bootstrap that draws whole
# values of the column whose rows share a cause. A slice whose interval lies apart from the line deserves a look.


# %%
def interval(chosen, draws=60):
    """Return the metric of the chosen rows (rows,), and the 5th and 95th percentile of it under resampling."""
    numbers = np.unique(clusters[chosen], return_inverse=True)[1]
    weighted = metric.prepare(outcomes[chosen], scores[chosen])
    count = int(numbers.max()) + 1
    drawn = [
        weighted(np.bincount(generator.integers(0, count, count), minlength=count).astype(float)[numbers])
        for _ in range(draws)
    ]
    defined = [value for value in drawn if not np.isnan(value)]
    whole = weighted(np.ones(len(numbers)))
    return (whole, *np.percentile(defined, [5, 95])) if defined else (whole, np.nan, np.nan)


clusters, generator = clusters_of(use_case, test), np.random.default_rng(project.configuration.seed)
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
    better = "higher" if metric.higher_is_better else "lower"
    axes.set(
        xlabel=f"{metric_name.replace('_', ' ')} ({better} is better)", ylabel=f"{column.replace('_', ' ')} (rows)"
    )
figure.suptitle(f"The metric by slice, with intervals at 90 %; dashed: all rows, {overall:.3f}")
plt.show()

# %% [markdown]
# ## Which features it uses
# Permutation importance (Breiman 2001, "Random Forests"): how much worse the metric gets when a column is shuffled, on
# a sample of test rows. Columns that say the same share their importance: a small one does not prove a column useless.


# %%
def shuffled(position):
    """Return by how much the metric of the sample gets worse when that column is shuffled."""
    changed = sample.copy()
    changed[:, position] = generator.permutation(changed[:, position])
    worse = metric(sample_outcomes, scorer.score(changed).astype(np.float64))
    return before - worse if metric.higher_is_better else worse - before


most_rows = 4000
places = np.linspace(0, len(matrix) - 1, min(most_rows, len(matrix))).astype(int)
sample, sample_outcomes = matrix[places], outcomes[places]
before = metric(sample_outcomes, scores[places])
importance = pd.DataFrame(
    {name: [shuffled(position) for _ in range(3)] for position, name in enumerate(scorer.columns)}
).agg(["mean", "min", "max"])
ranked = importance.loc["mean"].sort_values()[-15:]
figure, axes = plt.subplots(figsize=(8, 1.2 + 0.3 * len(ranked)))
axes.barh(ranked.index, ranked, color=BLUE)
axes.hlines(ranked.index, importance.loc["min", ranked.index], importance.loc["max", ranked.index], color=GREY)
axes.axvline(0, color=GREY, linewidth=1)
axes.set(
    title="Importance of features; grey: the range of three shuffles",
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
what = {"binary": f"probability of {use_case.event}", "regression": f"predicted {use_case.event}"}.get(
    use_case.task, f"probability of {scorer.classes[shown_class] if scorer.classes else ''}"
)


def answer(rows):
    """Return one number a row: the probability of the event or of the class shown, or the prediction."""
    found = scorer.score(rows).astype(np.float64)
    return found[:, shown_class] if found.ndim == 2 else found


few = sample[np.linspace(0, len(sample) - 1, min(500, len(sample))).astype(int)]
figure, grid = plt.subplots(2, 2, figsize=(11, 7), sharey=True)
top = list(reversed(ranked.index))[:4]
for axes, name in zip(grid.flat, top, strict=False):
    position = scorer.columns.index(name)
    feature = scorer.features[position]
    if feature.kind == "number":
        values = np.unique(np.nanquantile(few[:, position], np.linspace(0.02, 0.98, 20)))
        names = None
    else:
        codes = pd.Series(few[:, position][few[:, position] >= 0]).value_counts().index[:12]
        values, names = np.array(codes), [feature.categories[int(code)][:14] for code in codes]
    means = []
    for value in values:
        rows = few.copy()
        rows[:, position] = value
        means.append(answer(rows).mean())
    if names is None:
        axes.plot(values, means, color=BLUE, linewidth=2)
        there = few[:, position][(few[:, position] >= values[0]) & (few[:, position] <= values[-1])]
        axes.plot(there, np.full(len(there), min(means)), "|", color=GREY, alpha=0.4)
    else:
        axes.plot(range(len(names)), means, "o", color=BLUE)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set(xlabel=label_of(use_case.name, name), ylabel=what)
for axes in list(grid.flat)[len(top) :]:
    axes.set_axis_off()
figure.suptitle("Mean answer by the value of a feature; ticks: where rows are")
plt.show()

# %% [markdown]
# ## What one prediction is made of
# Shapley values by sampling (Strumbelj & Kononenko 2014, "Explaining prediction models"): from a random row to this
# one, feature by feature in random order; each gets the mean change of the answer. They sum to the difference between
# this answer and the mean one. They explain the model, and not the world.


# %%
def contributions(row, orders=150):
    """Return each feature's share (features,) in the answer for the row (features,), and the mean answer."""
    width = len(row)
    total, start = np.zeros(width), 0.0
    for _ in range(orders):
        order, path = generator.permutation(width), np.repeat(few[[generator.integers(len(few))]], width + 1, axis=0)
        for step, position in enumerate(order, start=1):
            path[step:, position] = row[position]
        changes = answer(path)
        total[order] += np.diff(changes)
        start += changes[0]
    return total / orders, start / orders


one = int(np.argmax(answer(sample)))
parts, mean = contributions(sample[one])
strongest = np.argsort(-np.abs(parts))[:10][::-1]
row = test.iloc[places[one]]
values = [row[scorer.columns[place]] for place in strongest]
texts = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
labels = [f"{scorer.columns[place]} = {text}" for place, text in zip(strongest, texts, strict=True)]
figure, axes = plt.subplots(figsize=(9, 4.6))
axes.barh(range(len(labels)), parts[strongest], color=[ORANGE if value > 0 else BLUE for value in parts[strongest]])
axes.set_yticks(range(len(labels)), [label[:44] for label in labels])
axes.axvline(0, color=GREY, linewidth=1)
axes.set(
    title=f"From the mean answer {mean:.3g} to {answer(sample[[one]])[0]:.3g}: orange raises it, blue lowers it",
    xlabel=f"change of the {what}",
    ylabel="feature and its value",
)
plt.show()
print(f"all other features together: {parts.sum() - parts[strongest].sum():+.4g}")

# %% [markdown]
# **Next**: a feature that the worst answers lack: `try_feature.ipynb`. The model card, beside the registered files, has
# the same numbers for readers who do not run notebooks.
