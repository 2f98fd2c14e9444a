"""Running a pipeline on this machine: `work.run_pipeline.run_and_say`."""
