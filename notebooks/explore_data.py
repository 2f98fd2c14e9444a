# %% [markdown]
# # Explore the data
# What the raw tables and the prepared rows hold, what is missing, how the outcome moves in time, and which columns go
# together with it. It reads what `invoke train` left and works for whichever use case the configuration names.

# %%
from workbench import open_project

project = open_project()
use_case, champion = project.use_case, project.champion()
print(f"{use_case.name}: version {champion.version.version} of {champion.version.name} is the champion")

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from figures import BLUE, GREY, ORANGE, edges_of, group_rows, in_order, label_of, measure_of, use_style
from IPython.display import display

use_style()
train, test = champion.part("train"), champion.part("test")
print(f"{use_case.name}: {len(train):,} {use_case.rows} to train on, {len(test):,} to test on")

# %% [markdown]
# ## The raw tables
# One row a column: how much is missing, how many values there are, and their range.


# %%
def describe(table):
    """Describe each column of a table in a row."""
    numbers = table.select_dtypes("number")
    return pd.DataFrame(
        {
            "type": table.dtypes.astype(str),
            "missing (%)": (100 * table.isna().mean()).round(2),
            "values": table.nunique(),
            "least": numbers.min(),
            "median": numbers.median(),
            "greatest": numbers.max(),
            "example": table.iloc[0].astype(str).str.slice(0, 30),
        }
    ).loc[table.columns]


for name in use_case.raw_columns:
    raw = project.raw(name)
    print(f"{name}: {len(raw):,} rows, {raw.duplicated().sum():,} of them repeated")
    display(describe(raw).fillna(""))

# %% [markdown]
# ## What is missing in the prepared rows
# The model takes a missing value as it is. A column whose share of missing values differs between train and test says
# less than it seems to.

# %%
missing = pd.DataFrame({"train": 100 * train.isna().mean(), "test": 100 * test.isna().mean()})
missing = missing.loc[[*use_case.features]].query("train > 0 or test > 0").sort_values("train")
if missing.empty:
    print("No feature has a missing value.")
else:
    figure, axes = plt.subplots(figsize=(8, 1.2 + 0.32 * len(missing)))
    missing.plot.barh(ax=axes, color=[BLUE, ORANGE], width=0.8)
    axes.set(title="Missing values by feature", xlabel=f"missing (% of {use_case.rows})", ylabel="feature")
    plt.show()

# %% [markdown]
# ## The outcome in time
# Above, how many rows there are; below, the outcome, with the part that tests the model in another colour. A model
# learns the left and is judged on the right: what has changed between the two costs it.

# %%
if not use_case.time:
    print(f"{use_case.name} names no column with a time, so there is no order to look at.")
else:
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5), sharex=True)
    for part, rows, colour in (("train", train, BLUE), ("test", test, ORANGE)):
        values, title = measure_of(use_case, rows, project.units)
        moments = pd.to_datetime(rows[use_case.time])
        number = (moments - moments.min()).dt.days // 7
        weeks = pd.Series(values).groupby(number.to_numpy()).agg(["mean", "size"])
        weeks.index = moments.min() + pd.to_timedelta(7 * weeks.index, unit="D")
        weeks = weeks[weeks.index + pd.Timedelta(days=6) <= moments.max().normalize()]  # whole ones
        above.plot(weeks.index, weeks["size"], color=colour, marker="o", markersize=3, label=part)
        below.plot(weeks.index, weeks["mean"], color=colour, marker="o", markersize=3)
    above.set(title=f"{use_case.rows} and outcome by week", ylabel=f"{use_case.rows} a week", ylim=(0, None))
    below.set(xlabel=f"{use_case.time.replace('_', ' ')} (first day of each week)", ylabel=title)
    above.legend()
    plt.show()

# %% [markdown]
# ## Each number, in train and in test
# The two shapes should lie on each other. Where they do not, `invoke monitor` would say so of tables that come later.

# %%
numbers = [name for name, kind in use_case.features.items() if kind == "number"][:12]
if numbers:
    rows_of_plots = -(-len(numbers) // 3)
    figure, grid = plt.subplots(rows_of_plots, 3, figsize=(11, 2.6 * rows_of_plots), squeeze=False)
    for axes, name in zip(grid.flat, numbers, strict=False):
        edges = edges_of(pd.concat([train[name], test[name]]).dropna().astype(float))
        for rows, colour, style in ((train, BLUE, "-"), (test, ORANGE, "--")):
            shares = np.histogram(rows[name].dropna(), edges)[0] / max(rows[name].notna().sum(), 1)
            axes.stairs(100 * shares, edges, color=colour, linestyle=style, linewidth=1.6)
        axes.set(xlabel=label_of(project.units, name), ylabel="rows (%)")
    for axes in list(grid.flat)[len(numbers) :]:
        axes.set_axis_off()
    figure.suptitle("Train (solid) and test (dashed), from the 0.5th to the 99.5th percentile")
    plt.show()

# %% [markdown]
# ## What goes together with the outcome
# The rows are put into groups by each column. The spread of the groups' means, weighted by their size, says how much
# the column alone tells; the four that tell most are drawn, with intervals at 95 %. None of this is a cause.


# %%
def by_group(column):
    """Return for each group of the column: rows, mean outcome and the half width of its interval."""
    names = group_rows(train[column], most=min(10, max(2, len(train) // 30)))
    groups = pd.DataFrame({"group": names, "value": outcome}).groupby("group")["value"]
    table = groups.agg(["size", "mean", "sem"]).query("size >= 5")
    return table.loc[in_order(table.index)]


outcome, title = measure_of(use_case, train, project.units)
tables = {name: table for name in use_case.features if len(table := by_group(name))}
spread = {
    name: float(np.sqrt(np.average((table["mean"] - outcome.mean()) ** 2, weights=table["size"])))
    for name, table in tables.items()
}
most = sorted(spread, key=spread.get, reverse=True)[:4]
figure, grid = plt.subplots(2, 2, figsize=(11, 7), sharey=True)
for axes, name in zip(grid.flat, most, strict=False):
    table = tables[name]
    axes.errorbar(range(len(table)), table["mean"], yerr=1.96 * table["sem"].fillna(0), fmt="o", color=BLUE, capsize=3)
    axes.axhline(outcome.mean(), color=GREY, linestyle=":")
    axes.set_xticks(range(len(table)), [text[:14] for text in table.index], rotation=45, ha="right")
    axes.set(xlabel=label_of(project.units, name), ylabel=title)
for axes in list(grid.flat)[len(most) :]:
    axes.set_axis_off()
figure.suptitle("The outcome by the columns that tell most alone; dotted: all rows")
plt.show()

# %%
pd.Series(spread, name="spread of the groups' means").sort_values(ascending=False).round(3).to_frame()

# %% [markdown]
# **Next**: what the champion makes of these columns: `understand_champion.ipynb`. To change what is prepared, edit
# `src/NAME/data.py`; what a column means stands in `src/NAME/schema.py`, its unit in `card.units` of the configuration.
