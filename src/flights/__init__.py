"""The use case: which flights out of New York City arrive late. Tables, words and SQL; the scripts do the rest."""
