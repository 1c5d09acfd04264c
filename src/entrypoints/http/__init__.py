"""The HTTP API: Litestar handlers that turn requests into use cases and results into answers.

One controller module a feature, its request and response structs beside it; what all share has modules of its own.
"""
