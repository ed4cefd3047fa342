"""Texts made elsewhere: files that a user names are measured, filtered and reported on, without a store or a run."""
