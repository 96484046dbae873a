"""The commands stack up, down, status, logs, env and install: the local stack of real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.stack.stack import Stack

app = typer.Typer(
    help="Real servers on this machine, without Docker: MySQL, Kafka, REST proxy, Kafka Connect, S3.",
    no_args_is_help=True,
)


@app.command()
def up() -> None:
    """Start what does not run, and make topics and bucket. Also picks up after a crash of any part.

    Needs Java 17, Maven and MariaDB; a source of your own in PINTEREST_SOURCE_URL takes MariaDB's place. Everything is
    kept in <data>/stack.

    Example: `pinterest-platform stack up`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import Stack

    stack = Stack(*load())
    bring_up(stack)
    hidden = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    console().print("\nThe environment to use it, without the secret keys:")
    for name, value in stack.environment().items():
        if name not in hidden:
            console().print(f"  {name}={value}", soft_wrap=True, markup=False)
    console().print('\nAll of it for this shell: eval "$(pinterest-platform stack env)"', markup=False)


def bring_up(stack: Stack) -> None:
    """Start the stack, with a line of output a step."""
    with console().status("starting the stack"):
        stack.up(_tell)


@app.command()
def down() -> None:
    """Stop all servers. What they keep stays, for the next `stack up`.

    Example: `pinterest-platform stack down`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    with console().status("stopping the stack"):
        find_stack(*load()).down(_tell)
    console().print("The stack is down.")


@app.command()
def status() -> None:
    """Ask each server and show what it answers. Exit status 1 unless all of them do.

    Example: `pinterest-platform stack status`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    found = find_stack(*load()).status()
    print_table(("server", "state", "address", "says"), [(s.name, s.state, s.address, s.says) for s in found])
    if any(server.state != "up" for server in found):
        console().print("Start what is not up: `pinterest-platform stack up`")
        raise typer.Exit(1)


@app.command()
def logs(
    server: Annotated[str | None, typer.Argument(help="A server, as `stack status` names it; default: all.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is added, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines from the end of each log.")] = 20,
) -> None:
    """Show the end of the servers' logs.

    Example: `pinterest-platform stack logs kafka --follow`
    """
    import os

    from pinterest_platform.domains import load
    from pinterest_platform.stack.stack import find_stack

    servers = find_stack(*load()).servers
    if server is not None and server not in servers:
        raise typer.BadParameter(f"{server!r} is no server of the stack; there are {', '.join(servers)}")
    chosen = [servers[server]] if server else servers.values()
    files = [str(each.log) for each in chosen if each.log.exists()]
    if not files:
        console().print("There is no log yet.")
        return
    console().file.flush()
    os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), *files])


@app.command()
def env() -> None:
    """Print the environment to use the stack, secrets included, for `eval` by a shell.

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

    Where apt-get cannot be used, it says what to run. The servers are fetched or built into the cache, so that the
    first `stack up` need not wait for them. Example: `pinterest-platform stack install`
    """
    from pinterest_platform.stack.connect import sink_plugins
    from pinterest_platform.stack.downloads import has_versitygw, kafka_jars, kinesalite, versitygw
    from pinterest_platform.stack.prerequisites import ALL
    from pinterest_platform.stack.prerequisites import install as install_missing

    if not install_missing(*ALL):
        console().print("Java, Maven, MariaDB and PostgreSQL are there.")
    for fetch in (kafka_jars, sink_plugins, kinesalite, *([versitygw] if has_versitygw() else [])):
        fetch(lambda text: _tell("install", text))


def _tell(name: str, what: str) -> None:
    from rich.markup import escape

    console().print(f"  {name:<8} {escape(what)}", soft_wrap=True)
