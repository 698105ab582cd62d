"""What happened: records of runs, made from the events of training."""
