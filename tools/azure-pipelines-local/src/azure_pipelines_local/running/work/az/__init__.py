"""A stand-in for the Azure CLI: it writes down each call, and answers what can be known without Azure."""
