"""``longbien demo``: two real nodes, as separate processes, do the main job before your eyes.

Everything is marked EXERCISE.  Officers act through the nodes' own interface, evidence goes over
TLS on loopback, a line is cut and a process is killed, and a court's verifier has the last word.
"""
