"""The dropout tab: what dropout does to the runs that train together."""
