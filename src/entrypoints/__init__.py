"""What drives Satchel from outside: the HTTP service, the pages, the command line.

They turn requests into use cases and results into answers. `container` alone knows the adapters.
"""
