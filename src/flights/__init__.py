"""The use case: which flights out of New York City arrive late. The scripts do the I/O."""
