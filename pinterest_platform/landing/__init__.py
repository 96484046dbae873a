"""The landing zone: object keys, where they are stored, which of them are news, and what their lines say.

`keys` names objects, `store` says how they are listed and read, `below` opens files without following links, `stores`
opens one, `zone` finds the folders a topic lies in, `survey` says why none is found, `listing` decides what is new.
`batches` groups objects into what one parse takes, `unpacking` unpacks them, `parser` turns a batch into rows that fit
and lines that do not, out of `envelopes`. `snapshots` lands sources that are read whole. Nothing here knows a lake or
Dagster, so that the same code runs inside Spark executors.
"""
