"""What will run, decided or refused before anything starts."""
