"""What the use cases need from outside, in their own words: Protocols that adapters subclass.

An adapter owes what the docstrings here promise; the suites in tests/contracts hold it to them.
"""
