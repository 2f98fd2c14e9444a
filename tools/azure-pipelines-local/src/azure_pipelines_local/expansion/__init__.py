"""From an entry pipeline to the expanded one."""
