"""Components of the group `mixer`."""
