"""Scenes as plain data: the file, what lies in it, its cameras and its light."""
