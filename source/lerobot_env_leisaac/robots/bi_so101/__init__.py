"""Two SO-101 follower arms, side by side."""
