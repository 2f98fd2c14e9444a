"""Expand an entry pipeline."""
