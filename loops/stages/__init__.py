"""Stages: each a function from inputs in the store to files in a work folder."""
