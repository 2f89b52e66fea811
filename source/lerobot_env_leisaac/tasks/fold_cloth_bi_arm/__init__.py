"""Fold a T-shirt with two arms, then bring both to rest."""
