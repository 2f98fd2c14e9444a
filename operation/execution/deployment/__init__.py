"""Put a registered version into service, and take it back: always the same path, whatever the backend."""
