"""Merge later versions of the template into a repository that was adopted from it: `invoke template`."""
