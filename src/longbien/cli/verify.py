"""``longbien verify``."""
