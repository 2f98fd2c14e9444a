"""Every name that is taken: by the folders of outputs, and by the modules that a use case's package stands beside."""

# What commands write for a use case ...
OURS = (
    "backtests",
    "champion",
    "comparisons",
    "data",
    "expectations",
    "explanations",
    "mlflow",
    "monitoring",
    "references",
    "reports",
    "reproductions",
    "runs",
    "scoring",
    "services",
    "sweeps",
)
_TIME = "-".join("[0-9]" * digits for digits in (8, 6, 6))  # runs and sweeps have the time of their start as name
WRITTEN = {  # ... and what they write in each of these; anything else there is somebody else's
    "champion": ("*",),  # which is fetched anew each time
    "comparisons": ("*",),  # of two runs, by their ids
    "explanations": ("*",),  # of the rows that were asked for last, by model
    "reproductions": ("*",),  # what was found when a version was made again
    "data": ("raw", "datastores", ".raw.lock", ".raw.former", ".raw.partial"),
    "expectations": ("[0-9]*-[0-9]*-*.json", "corruptions.json", ".*.json.*", "explained"),
    "mlflow": ("mlflow.db", "mlflow.db-*", "artifacts", "versions.json", ".versions.json.*", ".new-*"),
    "reports": ("data_docs", "validation_results"),
    "runs": (_TIME, f"{_TIME}-*", ".found-*"),
    "services": ("*",),  # which `invoke clean` leaves as long as one is there
    "scoring": ("bundle", "given", "model", "prepared", "raw", ".raw.lock", ".raw.former", ".raw.partial"),
    "sweeps": (_TIME,),
    "backtests": (_TIME,),
    "monitoring": (_TIME,),
    "references": ("[0-9]*", ".[0-9]*.partial"),
}
COMMON = ("ado", "cache", "coverage", "docs", "reports")  # ... and, in the folder above, for all
KEPT = ("emulator", "infrastructure", "mutants")  # beside those, never deleted by `invoke clean`
NO_CACHES = tuple(sorted({*OURS, *COMMON, *KEPT} - {"cache"}))  # folders in outputs with other contents
SCRIPTS = (
    "batch_run",
    "batch_score",
    "compare",
    "divide",
    "evaluate",
    "explain",
    "job",
    "learning",
    "prepare",
    "profile_data",
    "sample_rows",
    "score",
    "serve",
    "spark_score",
    "train",
    "utils",
    "verify",
)
# Importable, or folders of the repository, from where tests and verbs run.
REPOSITORY = ("configuration", "notebooks", "noxfile", "operation", "outputs", "setup", "tasks", "tools")
RESERVED = (*COMMON, *KEPT, *SCRIPTS, *REPOSITORY)  # no use case can have these names
