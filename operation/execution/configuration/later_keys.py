"""Keys of `configuration/` that came later than 0.1.0, each with lines that keep everything as it was before it."""

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Addition:
    """A key that came later, with lines that keep everything as it was; `section` is () for one at the top."""

    section: tuple[str, ...]
    key: str
    lines: str


OF_GATE = (
    Addition(
        ("gate",), "least_gain", "least_gain: 0.0                # a better model is promoted, however little it gains"
    ),
    Addition(
        ("gate",), "largest_gain", "largest_gain: 1.0              # a larger one is too good to be true: refused"
    ),
    Addition(
        ("gate",), "too_good", "too_good: {}                   # better than this is too good to be true: refused"
    ),
    Addition(
        ("gate",), "not_worse", "not_worse: {}                  # how much worse than the champion's a metric may be"
    ),
    Addition(
        ("gate",),
        "slices",
        "slices:\n  least_rows: 1000             # in every slice with so many test rows, the metric may be worse ...\n"
        "  not_worse: 1.0               # ... by at most this",
    ),
)
OF_DATA = (
    Addition(
        ("data",),
        "share",
        "share: 1                       # of all rows that there were: scales the suites' bounds of rows",
    ),
)
OF_TRAINING = tuple(
    Addition(("training",), key, f"{f'{key}: {value}':<31}# {about}")
    for key, value, about in (
        ("feature_fraction", "1.0", "share of the features that a tree may use"),
        ("bagging_fraction", "1.0", "share of the rows that are drawn for each tree"),
        ("l2", "0.0", "penalty on large leaves, or large coefficients of the linear model"),
        ("early_stopping_rounds", "0", "stop after so many trees without gain on rows held back"),
        ("validation_share", "0.1", "... which are this share of the training rows ..."),
        ("validation_rows", "last", "... the last ones in their order, or drawn at random"),
        ("most_rows", "0", "learn from so many, evenly spread, of data that memory cannot hold; 0 is all"),
    )
)
OF_ALL = (
    Addition(
        ("evaluation",),
        "golden_rows",
        "golden_rows: 20                # test rows kept with their scores, by which a deployment proves the model",
    ),
    Addition(
        (),
        "serving",
        dedent("""\
        serving:                         # invoke deploy, serve, smoke
          service: ""                    # name of the service (default: the model's)
          port: 8000                     # on this machine, on 127.0.0.1; 0 takes a free one and keeps it
          key: ""                        # name of the environment variable that holds the API key; "" for no key
          most_bytes: 1000000            # of a request
          most_rows: 10000               # of a request
          queue: 100                     # requests that may be under way; one more gets HTTP 503
          deadline_seconds: 10           # a request that takes longer gets HTTP 504
          request_log:
            share: 1.0                   # of the requests, from 0 (off) to 1
            features: []                 # whose values are logged; choose none that is personal
            keep_days: 30
          start_seconds: 60              # until a new version must be ready
          watch_seconds: 5               # how long a new version is watched before its deployment counts as done ...
          most_p99_ms: 1000              # ... it is taken back if its slowest 1 % of answers take longer than this ...
          most_errors: 0.01              # ... or if more than this share of its answers are HTTP 5xx"""),
    ),
    Addition(
        (),
        "monitoring",
        dedent("""\
        monitoring:                      # invoke monitor
          reference: on_demand           # made at the first look, here; with_model: by each training run, and kept
          alerts: {}                     # by name: whom a decision other than "wait" reaches"""),
    ),
)
OF_CARD = (
    *(
        Addition(("evaluation",), key, f"{f'{key}: {value}':<31}# {about}")
        for key, value, about in (
            ("fairness", "[]", "columns of prepared rows whose groups the model card compares"),
            ("false_alarm_cost", "0", "of a binary model: what an alarm without the event costs ..."),
            ("missed_cost", "0", "... and an event without an alarm; 0 and 0: the card shows no costs"),
        )
    ),
    Addition(
        (),
        "card",
        dedent("""\
        card:                            # what the model card says that no data can; "" is shown as not stated
          owner: ""                      # who answers for the model: a team, a mailbox
          intended_use: ""               # which decision it supports, and whose
          units: {}                      # of columns of prepared rows, for the axes of charts: {distance: km}"""),
    ),
)
OF_CLEANING = (
    Addition(
        (),
        "retention",
        dedent("""\
        retention:                       # trimmed by itself after a command; 0 keeps all, as before
          runs: 0                        # the newest; those whose model is registered stay as well, however old
          data_docs: 0                   # newest runs that keep the pages of their validation, half of a run's size
          sweeps: 0
          backtests: 0
          cache_megabytes: 0             # of results to reuse, the longest unused go first"""),
    ),
)
OF_WORKSPACE = (
    Addition(
        ("backend",),
        "hosting",
        "hosting:                       # of services\n  cpu_cores: 1\n  memory_gb: 2\n"
        '  cluster: ""                  # a cluster of Kubernetes (AKS); "": a container group (ACI)',
    ),
)
