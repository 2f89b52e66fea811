"""The packaged robots' USD files."""
