"""The program tries itself out, without a person."""
