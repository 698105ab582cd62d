"""The tab "Early stopping": where patience ends a run, what it would miss and what it saves."""
