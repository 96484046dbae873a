"""The commands stack up, down, status, logs, env and install: the local stack of real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.stack.stack import Stack

app = typer.Typer(
    help="Run real servers on this machine, without Docker: MySQL, Kafka, REST proxy, Kafka Connect, S3.",
    no_args_is_help=True,
)


@app.command()
def up() -> None:
    """Start the servers that are down, and create the topics and the bucket. Also recovers from a crash of any part.

    Needs Java 17, Maven and MariaDB. With your own source in PINTEREST_SOURCE_URL, it needs no MariaDB. All data is in
    the folder `stack` of PINTEREST_DATA.

    Example: `pinterest-platform stack up`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import Stack

    stack = Stack(*load())
    bring_up(stack)
    hidden = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    console().print("\nEnvironment variables to use the stack, without the secret keys:")
    for name, value in stack.environment().items():
        if name not in hidden:
            console().print(f"  {name}={value}", soft_wrap=True, markup=False)
    console().print('\nTo set all of them in this shell: eval "$(pinterest-platform stack env)"', markup=False)


def bring_up(stack: Stack) -> None:
    """Start the stack, with a line of output per step."""
    with console().status("starting the stack"):
        stack.up(_tell)


@app.command()
def down() -> None:
    """Stop all servers. Their data stays for the next `stack up`.

    Example: `pinterest-platform stack down`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    with console().status("stopping the stack"):
        find_stack(*load()).down(_tell)
    console().print("The stack is down.")


@app.command()
def status() -> None:
    """Show the state of each server. Exit status 1 unless all servers are up.

    Example: `pinterest-platform stack status`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    found = find_stack(*load()).status()
    print_table(("server", "state", "address", "says"), [(s.name, s.state, s.address, s.says) for s in found])
    if any(server.state != "up" for server in found):
        console().print("Start the missing servers: `pinterest-platform stack up`")
        raise typer.Exit(1)


@app.command()
def logs(
    server: Annotated[
        str | None, typer.Argument(help="A server name from `stack status`. Default: all servers.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="Number of lines to show from the end of each log.")
    ] = 20,
) -> None:
    """Show the end of the servers' logs.

    Example: `pinterest-platform stack logs kafka --follow`
    """
    import os

    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    servers = find_stack(*load()).servers
    if server is not None and server not in servers:
        raise typer.BadParameter(f"the stack has no server {server!r}. Servers: {', '.join(servers)}")
    chosen = [servers[server]] if server else servers.values()
    files = [str(each.log) for each in chosen if each.log.exists()]
    if not files:
        console().print("The servers have not written a log yet.")
        return
    console().file.flush()
    os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), *files])


@app.command()
def env() -> None:
    """Print the environment variables to use the stack, secrets included, for `eval` in a shell.

    Example: `eval "$(pinterest-platform stack env)"`
    """
    import shlex

    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    for name, value in find_stack(*load()).environment().items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def install() -> None:
    """Install what the stack needs and this machine lacks: programs with apt-get, as root or by sudo, then the servers.

    If it cannot use apt-get, it says what to run. It downloads or builds the servers into the cache, so that the first
    `stack up` does not wait for them.

    Example: `pinterest-platform stack install`
    """
    from pinterest_platform.stack.connect import sink_plugins
    from pinterest_platform.stack.downloads import has_versitygw, kafka_jars, kinesalite, versitygw
    from pinterest_platform.stack.prerequisites import ALL
    from pinterest_platform.stack.prerequisites import install as install_missing

    if not install_missing(*ALL):
        console().print("Java, Maven, MariaDB and PostgreSQL are installed.")
    for fetch in (kafka_jars, sink_plugins, kinesalite, *([versitygw] if has_versitygw() else [])):
        fetch(lambda text: _tell("install", text))


def _tell(name: str, what: str) -> None:
    from rich.markup import escape

    console().print(f"  {name:<8} {escape(what)}", soft_wrap=True)
