"""The SO-101 follower arm."""
