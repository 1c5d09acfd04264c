"""The same service, written again with other libraries in the way that their users write it.

Each folder is one peer. They read and write Satchel's own tables, mapped once in `models`, and answer the
requests of `benchmarks.workloads`; nothing of Satchel itself is imported here.
"""
