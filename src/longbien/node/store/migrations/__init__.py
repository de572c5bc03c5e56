"""How the tables came to be, step by step; each step runs beside the code of the one before it."""
