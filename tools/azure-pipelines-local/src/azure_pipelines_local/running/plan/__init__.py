"""Decide what will run, or refuse it, before anything starts."""
