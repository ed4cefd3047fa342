"""Components of the group `trainer`."""
