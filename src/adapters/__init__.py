"""Mechanisms behind the ports, one package each: what a package is named after, it hides.

Adapters know the domain and the ports they implement, and nothing of each other; the container picks them.
"""
