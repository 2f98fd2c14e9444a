"""Say why single predictions are what they are: `invoke explain`."""
