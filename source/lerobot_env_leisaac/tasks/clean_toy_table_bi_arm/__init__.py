"""Put two letters into a box with two arms, then bring both to rest."""
