"""Components of the group `generator`."""
