"""Running a pipeline on this machine: `run.run_and_say`, which is `invoke ado --run`."""
