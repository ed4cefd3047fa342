"""The loop: what happens in a self-improvement experiment, generation by generation."""
