"""What people change: `configuration/*.yaml`, checked key by key before anything runs."""
