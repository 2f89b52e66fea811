"""Demonstrators: scripts, and what reinforcement learning made."""
