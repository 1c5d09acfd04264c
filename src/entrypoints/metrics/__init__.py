"""What Satchel tells Prometheus of itself.

Each process counts in plain memory; those that share a port add up in a folder when one of them is asked.
"""
