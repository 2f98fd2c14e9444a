"""One start: every service behind one application, the proxy in front of it, TLS, and the process they run in."""
