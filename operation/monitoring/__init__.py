"""Watch a model in use: pure functions from profiles, which are sums of blocks of rows, to one decision a window."""
