"""Lift a red cube from the table."""
