"""What the demo holds: people, their tasks, and cheats by theme.

Content to be read and edited like text; `application.seed` puts it into the store, and tests try every snippet.
"""
