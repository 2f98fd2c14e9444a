"""`invoke new`: a use case from a file of data: its code, configuration, checks, tests and page."""
