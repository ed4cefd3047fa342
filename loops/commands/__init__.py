"""The verbs of the command `heirloom`, one file each."""
