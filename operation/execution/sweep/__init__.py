"""Values of training parameters, tried on months before the test part: `invoke sweep`."""
