"""How near coloured photos come to the photos in colour."""
