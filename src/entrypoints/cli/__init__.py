"""The command line: what an operator does from a terminal, one module a command or group of commands.

Commands print results on standard output, what went wrong on standard error, and exit with 0, 1 or 2.
"""
