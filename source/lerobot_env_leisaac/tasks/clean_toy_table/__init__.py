"""Put two letters into a box, then bring the arm to rest."""
