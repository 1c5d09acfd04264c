"""What Satchel does: one small use case per thing a person can ask for, and the ports they need.

Depends on the domain and the standard library alone; how things are kept or sent is the adapters' affair.
"""
