"""`python -m infra.local`: the local cloud alone, for any program."""

import argparse
import asyncio
import contextlib
import gc
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.addresses import PORTS, SERVICES, SIGNER_KEY
from infra.local.examples import epilog
from shared import malloc

if TYPE_CHECKING:
    from infra.local.cloud import LocalCloud, Settings

DESCRIPTION = """\
A strict Google Cloud in one process: Firestore, Pub/Sub, Cloud Storage and Vertex AI, for Google's own clients.
When all of it answers, it prints the variables that programs need, as `export NAME=value` lines, and goes on
until Ctrl-C or SIGTERM. infra/local/README.md lists what is implemented."""

YOUNG = 10_000  # new objects, after which the collector looks at them; by itself 700, or 2,000 in newer Pythons
KEPT, PIECE = 64 << 20, 16 << 20  # bytes of freed memory, and of a request


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser(
        prog="python -m infra.local",
        description=DESCRIPTION,
        epilog=epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--data", type=Path, metavar="DIR", help="keep everything in DIR (default: in memory)")
    options.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    options.add_argument("--services", default=",".join(SERVICES), help="which to start (default: %(default)s)")
    for name in PORTS:
        text = f"port of {name} (default: a free one)"
        options.add_argument(f"--{name.replace('_', '-')}-port", type=_port, default=0, metavar="N", help=text)
    options.add_argument(
        "--indexes", type=Path, metavar="FILE", help="firestore.indexes.json: refuse queries that it does not serve"
    )
    options.add_argument(
        "--push-format",
        choices=["cloudevent", "raw"],
        default="cloudevent",
        help="of Pub/Sub's pushes, where a subscription does not say (default: %(default)s)",
    )
    options.add_argument(
        "--signer-key",
        type=Path,
        metavar="FILE",
        default=os.environ.get(SIGNER_KEY),
        help=f"key file that signs URLs, made when missing (default: {SIGNER_KEY}, else among the data)",
    )
    options.add_argument(
        "--logs", type=Path, metavar="DIR", help="the functions' logs are in DIR: show their metrics at /local/metrics"
    )
    return options


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the highest port
        raise argparse.ArgumentTypeError(f"{text} is no port: it is a number from 0 (any free one) to 65535")
    return int(text)


def _settings(arguments: list[str]) -> "Settings":
    from infra.local.cloud import Settings

    options = parser()
    given = options.parse_args(arguments)
    services = frozenset(filter(None, given.services.split(",")))
    if unknown := services - set(SERVICES):
        options.error(f"unknown service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    if not services:
        options.error(f"--services names none; there are {', '.join(SERVICES)}")
    ports = {name: getattr(given, f"{name}_port") for name in PORTS}
    chosen = [port for port in ports.values() if port]
    if twice := {port for port in chosen if chosen.count(port) > 1}:
        options.error(f"port {min(twice)} is given to two services")
    files = (given.indexes, given.signer_key, given.logs)
    return Settings(given.data, given.host, ports, services, given.push_format, *files)


async def _run(settings: "Settings") -> None:
    from infra.local.cloud import LocalCloud

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as a shell without job control sets SIGINT after `&`
            loop.add_signal_handler(number, stop.set)
    cloud = LocalCloud(settings)
    await cloud.start()
    _keep_what_is_loaded()
    try:
        _announce(cloud)
        await stop.wait()
    finally:
        await cloud.stop()


def _announce(cloud: "LocalCloud") -> None:
    """Say that it is ready, and close standard output, so that who reads all of it knows that this is all."""
    lines = {**cloud.environment(), "LOCAL_CLOUD_PID": str(os.getpid())}
    for name, value in lines.items():
        print(f"export {name}={shlex.quote(value)}")
    print("# ready", flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _keep_what_is_loaded() -> None:
    """Have the collector of garbage look at nothing that is there by now, and seldom at what is new.

    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.set_threshold(YOUNG)


def main() -> int:
    """Run until interrupted: 0. 1, with words on standard error, when it cannot start."""
    try:
        settings = _settings(sys.argv[1:])
        malloc.keep(KEPT, PIECE)
        with contextlib.suppress(ImportError):
            import uvloop

            uvloop.install()
        asyncio.run(_run(settings))
    except (OSError, ValueError) as exc:
        print(f"infra.local: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before it could handle signals
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
