"""How Isaac Lab, LeRobot and Kit find this package."""
