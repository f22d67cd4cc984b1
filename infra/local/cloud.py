"""The local cloud as a whole: which services it has, started and stopped together."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import grpc

from infra.local.addresses import PORTS, SERVICES, SIGNER_KEY, TRACES, VARIABLES
from infra.local.clock import Clock
from infra.local.control import control_service
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.kernel import Kernel
from infra.local.metrics.service import metrics_service
from infra.local.ports import authority, why_taken
from infra.local.rest import HttpServer
from infra.local.rpc import Registration, serve
from infra.local.traces import traces_service

ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a program on this machine finds such a server
PushFormat = Literal["cloudevent", "raw"]


@dataclass(frozen=True)
class Settings:
    """What a local cloud is started with."""

    folder: Path | None = None  # None: in memory, gone at the end
    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=dict)  # by service and `control`; a missing one is any free one
    services: frozenset[str] = frozenset(SERVICES)
    push_format: PushFormat = "cloudevent"  # where a subscription does not say
    indexes: Path | None = None  # index definitions, as firestore.indexes.json has them; None: every query is served
    signer_key: Path | None = None  # key file of a service account, made when missing; None: among Storage's files
    logs: Path | None = None  # of the functions that use it, for their metrics; None: there is no page of these


class LocalCloud:
    """The services, each on its own port of one process."""

    def __init__(self, settings: Settings) -> None:
        """Take the folder; nothing listens before `start`.

        Raises:
            OSError: another process has the folder, or it cannot be written to; its text names it.
        """
        self.settings = settings
        self.kernel = Kernel(Clock(), Disk(settings.folder), Faults())
        self.ports: dict[str, int] = {}
        self._grpc: list[grpc.aio.Server] = []
        self._http: list[HttpServer] = []
        self._controls = [control_service(self.kernel), traces_service(self.kernel)]
        if settings.logs:
            self._controls.append(metrics_service(self.kernel, settings.logs))
        self.signer_key: Path | None = None  # the key file that signs URLs; there is one once Cloud Storage runs
        self._exits = AsyncExitStack()  # what services leave to be closed once nobody calls them

    async def start(self) -> None:
        """Start every service asked for.

        Raises:
            OSError: a port is taken, or a file cannot be read or written; its text names it. What had started is
                stopped.
            ValueError: the file of index definitions is not of the Firebase CLI's format; its text names it.
        """
        try:
            self._check_ports()
            await self._start()
        except sqlite3.Error as exc:
            await self.stop()
            raise OSError(f"{self.kernel.disk.root}: {exc}") from exc
        except OSError as exc:
            await self.stop()
            if exc.strerror:  # the system's own words name a file, if anything
                raise OSError(f"{exc.filename or self.kernel.disk.root}: {exc.strerror}") from exc
            raise
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every service and close the disk."""
        for http in self._http:
            await http.stop()
        for server in self._grpc:
            await server.stop(grace=1)
        await self._exits.aclose()
        self.kernel.disk.close()

    def environment(self) -> dict[str, str]:
        """What a program must have in its environment to use this cloud: name → value."""
        host = ANY_HOST.get(self.settings.host, self.settings.host)
        signer = {SIGNER_KEY: str(self.signer_key.resolve())} if self.signer_key else {}
        found = {
            VARIABLES[name][0]: VARIABLES[name][1].format(authority(host, port)) for name, port in self.ports.items()
        }
        return found | {TRACES: found[VARIABLES["control"][0]]} | signer

    def _check_ports(self) -> None:
        """Look at every port before anything starts: gRPC's own refusal says little, and too much."""
        for name in PORTS:
            host, port = self._address(name)
            if self._wanted(name) and (reason := why_taken(port, host)):
                raise OSError(f"{name}: {reason}")

    def _wanted(self, name: str) -> bool:
        return name == "control" or name.partition("_")[0] in self.settings.services

    async def _start(self) -> None:
        if "storage" in self.settings.services:
            await self._start_storage()
        if "firestore" in self.settings.services:
            await self._start_firestore()
        if "pubsub" in self.settings.services:
            await self._start_pubsub()
        if "vertex" in self.settings.services:
            await self._start_vertex()
        await self._start_http("control", HttpServer(self._controls, *self._address("control")))

    def _address(self, name: str) -> tuple[str, int]:
        return self.settings.host, self.settings.ports.get(name, 0)

    async def _start_firestore(self) -> None:
        from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

        from infra.local.firestore.service import Firestore

        service = Firestore(self.kernel, self.settings.indexes)
        await self._start_grpc("firestore", Registration("firestore", FirestoreGrpcTransport, service))
        service.start()
        self._exits.push_async_callback(service.stop)

    async def _start_pubsub(self) -> None:
        from infra.local.pubsub.service import PubSub

        service = PubSub(self.kernel, self.settings.push_format)
        self._exits.push_async_callback(service.close)
        await self._start_grpc("pubsub", *service.registrations)

    async def _start_storage(self) -> None:
        from infra.local.storage.service import CloudStorage

        storage = CloudStorage(self.kernel, self.settings.signer_key)
        self.signer_key = storage.signer_key
        self._controls.append(storage.control())
        await self._start_http("storage", HttpServer(storage.services, *self._address("storage")))
        lifecycle = asyncio.create_task(storage.run_lifecycle())
        self._exits.push_async_callback(_cancelled, lifecycle)

    async def _start_vertex(self) -> None:
        from infra.local.vertex.service import build

        registration, http, studio = build(self.kernel)
        self._exits.callback(studio.close)
        await self._start_grpc("vertex", registration)
        await self._start_http("vertex_rest", HttpServer([http], *self._address("vertex_rest")))

    async def _start_grpc(self, name: str, *registrations: Registration) -> None:
        server, self.ports[name] = await serve(self.kernel, registrations, *self._address(name))
        self._grpc.append(server)

    async def _start_http(self, name: str, server: HttpServer) -> None:
        await server.start()
        self._http.append(server)
        self.ports[name] = server.port


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
