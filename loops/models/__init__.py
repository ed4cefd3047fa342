"""Models: what can be a student, a teacher or a judge."""
