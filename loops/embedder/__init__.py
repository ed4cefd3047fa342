"""Embedders: turn texts into rows of numbers; figures made in different spaces are never compared."""
