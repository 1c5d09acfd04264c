"""Litestar with advanced-alchemy: its plugin, repositories and Litestar's own JWT backend."""
