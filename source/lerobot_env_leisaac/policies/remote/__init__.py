"""Policies that run elsewhere: ask a server for actions, and be such a server."""
