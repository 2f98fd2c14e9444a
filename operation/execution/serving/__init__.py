"""Serve a registered version on this machine, in the foreground."""
