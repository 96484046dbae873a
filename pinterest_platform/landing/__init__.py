"""The landing zone: object names, storage, detection of new objects, and parsing of their lines.

- `keys` names objects, `store` defines how to list and read them, `below` opens files without following links.
- `stores` opens a store, `zone` finds the folders of a topic, `survey` explains why nothing is found.
- `listing` decides which objects are new.
- `batches` groups objects into units for one parse, `unpacking` decompresses them, `envelopes` unwraps records.
- `parser` turns a batch into rows that fit and lines that do not.
- `snapshots` lands sources that are read whole.

Nothing here depends on a lake or on Dagster, so the same code runs inside Spark executors.
"""
