"""How a network is trained. This folder imports torch."""
