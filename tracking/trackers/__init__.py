"""Where a run's events go while it runs: one tracker per file."""
