"""The door for people at a terminal: one file a command, heavy imports only when it runs."""
