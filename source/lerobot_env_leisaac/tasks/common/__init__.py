"""What the tasks share: robot and camera configuration, presets, and manager terms."""
