"""Compare two runs, whatever branch or backend they come from: `invoke compare`."""
