"""Components of the group `executor`."""
