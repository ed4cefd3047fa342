"""Components of the group `filters`."""
