"""`python -m infra.local`: the local cloud alone, for any program."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from infra.local.cloud import SERVICES, LocalCloud, Settings


def _settings(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep everything in DIR (default: in memory)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--services", default=",".join(SERVICES), help="which to start (default: %(default)s)")
    parser.add_argument("--push-format", choices=["cloudevent", "raw"], default="cloudevent")
    parser.add_argument("--indexes", type=Path, metavar="FILE", help="firestore.indexes.json of what is deployed")
    parser.add_argument(
        "--signer-key",
        type=Path,
        metavar="FILE",
        default=os.environ.get("LOCAL_SIGNER_KEY"),
        help="key file that signs URLs, made when missing (default: LOCAL_SIGNER_KEY, else among the data)",
    )
    for name in (*SERVICES, "vertex_rest", "control"):
        parser.add_argument(f"--{name.replace('_', '-')}-port", type=int, default=0, metavar="N")
    given = parser.parse_args(arguments)
    services = frozenset(filter(None, given.services.split(",")))
    if unknown := services - set(SERVICES):
        parser.error(f"unknown service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    ports = {name: getattr(given, f"{name}_port") for name in (*SERVICES, "vertex_rest", "control")}
    return Settings(given.data, given.host, ports, services, given.push_format, given.indexes, given.signer_key)


async def _run(settings: Settings) -> None:
    cloud = LocalCloud(settings)
    await cloud.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    for name, value in cloud.environment().items():
        print(f"export {name}={value}", flush=True)
    print("# ready", flush=True)
    await stop.wait()
    await cloud.stop()


def main() -> int:
    """Run until interrupted; exit 1 when a port is taken or a file is not what it should be."""
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    try:
        asyncio.run(_run(_settings(sys.argv[1:])))
    except (OSError, ValueError) as exc:
        print(f"infra.local: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
