"""Components of the group `answer`."""
