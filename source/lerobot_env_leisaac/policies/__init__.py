"""LeRobot policies: what they expect of an environment."""
