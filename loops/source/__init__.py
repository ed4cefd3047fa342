"""Components of the group `source`."""
