"""Configurations of reinforcement learning agents."""
