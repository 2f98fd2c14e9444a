"""What retraining would have gained in the past: `invoke backtest`."""
