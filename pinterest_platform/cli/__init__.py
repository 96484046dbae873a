"""The command line: one module per group of commands.

A command reads the settings, calls the code that does the work and shows the result. Modules import their dependencies
inside the command, to keep `--help` fast.
"""
