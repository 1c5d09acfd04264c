"""Taking in what older services kept: people with their passwords, tasks, cheats and posts.

What comes goes through the entities like anything else, one module a feature; `adopt` is the use case.
"""
