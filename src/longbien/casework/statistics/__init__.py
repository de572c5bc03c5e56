"""What many cases have in common: counts and response times, out of their events alone."""
