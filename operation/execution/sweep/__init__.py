"""Values of training parameters, tried without the test part: `invoke sweep`."""
