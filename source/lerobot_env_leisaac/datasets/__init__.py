"""Record, check and replay LeRobot datasets."""
