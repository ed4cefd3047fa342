"""What is remembered and shown: the run folder, the trackers and the report."""
