"""The tab "Predict": what the network answers to samples that are typed, dropped or opened."""
