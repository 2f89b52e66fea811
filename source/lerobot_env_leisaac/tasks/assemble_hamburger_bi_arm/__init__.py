"""Stack a hamburger on a plate with two arms, then bring both to rest."""
