"""The engine beyond one machine: Spark computes and writes, in this process, over Spark Connect, or on a cluster.

It uses only the features of Spark Connect (SQL, DataFrame, conf, `mapInArrow`). As on any engine, delta-rs reads the
positions of tables.
"""
