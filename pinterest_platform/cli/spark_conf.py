"""The command spark-conf: writes the files that your own Spark cluster needs for this platform."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinterest_platform.cli.output import console


def spark_conf(
    out: Annotated[
        Path, typer.Option(help="Folder to write to. It needs the same path on each machine of the cluster.")
    ],
) -> None:
    """Write the files that your own Spark cluster needs: jars for Delta, S3A and safe commits, and spark-defaults.conf.

    Example: `pinterest-platform spark-conf --out /opt/spark`, then start Spark with `SPARK_CONF_DIR=/opt/spark`
    """
    from pinterest_platform.engines.spark.server_files import write_server_files
    from pinterest_platform.settings import load_settings

    for name in write_server_files(load_settings(), out):
        console().print(f"  {out / name}", soft_wrap=True, markup=False)
