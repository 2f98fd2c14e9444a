"""Files: the storage account, and what refers to it: artifacts and datastores."""
