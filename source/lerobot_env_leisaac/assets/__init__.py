"""Robots and scenes, and where their files come from."""
