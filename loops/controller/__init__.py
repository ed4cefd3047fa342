"""Components of the group `controller`."""
