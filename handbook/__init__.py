"""The documentation as a site: the pages of `docs/`, and the reference that is made of the code.

`make docs` runs it. Nothing of the service imports it.
"""
