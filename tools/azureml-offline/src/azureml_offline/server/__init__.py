"""One start: all services in one application, the proxy before it, TLS, and the process they run in."""
