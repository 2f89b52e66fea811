"""Stack a hamburger on a plate, then bring the arm to rest."""
