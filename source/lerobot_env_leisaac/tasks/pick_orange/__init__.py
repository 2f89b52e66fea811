"""Put three oranges on a plate, then bring the arm to rest."""
