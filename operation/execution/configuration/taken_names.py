"""Every name that is taken: by the folders of outputs, and by the modules that a use case's package stands beside."""

OURS = ("champion", "data", "mlflow", "reports", "runs", "sweeps")  # what commands write for a use case ...
COMMON = ("ado", "cache", "coverage", "reports")  # ... and, in the folder above, for all
KEPT = ("emulator", "infrastructure", "mutants")  # beside those, never deleted by `invoke clean`
NO_CACHES = tuple(sorted({*OURS, *COMMON, *KEPT} - {"cache"}))  # folders in outputs with other contents
SCRIPTS = ("batch_score", "evaluate", "job", "learning", "prepare", "score", "train", "utils")
# Importable, or folders of the repository, from where tests and verbs run.
REPOSITORY = ("configuration", "docs", "notebooks", "noxfile", "operation", "outputs", "setup", "tasks", "tools")
RESERVED = (*COMMON, *KEPT, *SCRIPTS, *REPOSITORY)  # no use case can have these names
