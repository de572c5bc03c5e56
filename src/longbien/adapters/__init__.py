"""The machine: disks, key folders, hardware keys, time-stamp authorities, parallel engines.

Here alone below the doors are files opened, threads started and clocks or random sources
read.  What leaves is an error of the LongBienError family, never a bare OSError.
"""
