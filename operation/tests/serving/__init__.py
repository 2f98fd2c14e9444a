"""Services without a real model: small scripts in place of `src/`, and a registry of folders."""
