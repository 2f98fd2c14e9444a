"""Services of this machine: a process for each version, and a router in front of them whose address stays."""
