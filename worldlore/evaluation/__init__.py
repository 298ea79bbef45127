"""What was measured, with its interval."""
