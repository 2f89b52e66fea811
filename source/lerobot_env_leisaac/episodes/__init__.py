"""What depends on a seed and the number of an episode alone."""
