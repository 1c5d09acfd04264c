"""What time it is: from the machine, or from a test that decides it.

Implements application.ports.clock; the rest of Satchel never asks the machine for the time of day itself.
"""
