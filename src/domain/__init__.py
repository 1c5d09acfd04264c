"""What Satchel is about: people, their sessions, their tasks, and the rules they live by.

Pure values and functions on the standard library alone; nothing here waits or knows a framework.
"""
