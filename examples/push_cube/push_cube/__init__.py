"""Push a cube to a mark."""
