"""What stands in the way of training."""
