"""What theory expects of worlds with known truth, for drawing over what was measured: one world a file."""
