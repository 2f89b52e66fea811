"""Pick a tissue up from the floor and throw it into the waste bin, with a robot that drives."""
