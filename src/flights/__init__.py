"""The use case: which flights out of New York City arrive late. Pure functions; the scripts beside this package do I/O."""
