"""What is to run, decided or refused before anything starts."""
