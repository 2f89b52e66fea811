"""Datasets from elsewhere: other units, other names, other formats."""
