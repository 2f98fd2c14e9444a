"""Show why a pipeline is as it is: where values come from, why conditions hold, what waits for what."""
