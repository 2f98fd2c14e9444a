"""What every use case shares: a binary event is learned, predicted and judged from the rows of a table."""
