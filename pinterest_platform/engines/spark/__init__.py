"""The engine past one machine: Spark computes and writes, in this process, over Spark Connect, or on a cluster.

It uses only what Spark Connect has (SQL, DataFrame, conf, `mapInArrow`). How far tables are is read with delta-rs, as
on any engine.
"""
