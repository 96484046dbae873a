"""The command line, one module a group of commands.

A command reads settings, calls what does the work and shows the result. Modules import what they need inside the
command, so that `--help` answers at once.
"""
