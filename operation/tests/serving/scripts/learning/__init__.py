"""Nothing: what is copied beside the scripts."""
