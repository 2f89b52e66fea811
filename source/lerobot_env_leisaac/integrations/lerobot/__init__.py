"""What LeRobot's own commands see of this package: an environment, a robot and a teleoperator."""
