"""The tab "Gradients": their health layer by layer, batches, the learning rate, and a race of optimizers."""
