"""Programs that must be installed for the local stack, and the commands that install what is missing.

What is fetched into the user's own cache is in `downloads.py`.
"""

from __future__ import annotations

_LEAST_


JAVA = Prerequisite("java", _java_trouble, ("openjdk-17-jre-headless",))
MAVEN = Prerequisite("maven", _maven_trouble, ("maven",))
MARIADB = Prerequisite("mariadb", _mariadb_trouble, ("mariadb-server-core", "mariadb-client-core"))
