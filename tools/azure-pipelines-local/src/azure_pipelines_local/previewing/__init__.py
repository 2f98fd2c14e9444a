"""Compare an expansion with what the service itself makes of the pipeline."""
