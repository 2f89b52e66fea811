"""Robots: USD files, joint limits and Isaac Lab configurations."""
