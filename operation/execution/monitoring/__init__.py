"""`invoke monitor`: look at a window of data, and decide whether to wait, to investigate or to train again."""
