"""The graph of tables as other orchestrators know it, written as files. One module an orchestrator.

The same catalog gives the same bytes, whatever the settings: what differs from place to place is a variable there.
"""
