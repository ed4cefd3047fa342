"""Experiments: what do we ask, and what did we find?"""
