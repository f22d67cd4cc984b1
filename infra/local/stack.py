"""The whole of Darkroom on one machine: the local cloud, every function as a process of its own, and one gateway."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from infra.local.children import ROOT, Child, Children
from infra.local.environment import Settings
from infra.local.folder import Folder, FolderInUseError, claim, claim_own
from infra.local.ports import HOST, answers, free_ports, why_taken
from infra.local.reaper import signal_group
from infra.local.signer import key_of, make_copies, rights

READY_SECONDS = 60.0  # a cold machine reads a few hundred modules from disk for each function
ANSWER_SECONDS = 2.0
Check = Callable[[], bool]


class StackError(Exception):
    """The stack cannot be started; the text says why and what to do."""


class Stack:
    """Starts everything, ends everything, and lets a single function be killed and started again."""

    def __init__(self, settings: Settings, functions: Path = ROOT / "functions") -> None:
        """Nothing runs before `start`. `functions` holds a folder with a `main.py` for each."""
        self.settings = settings
        self.names = sorted(path.parent.name for path in functions.glob("*/main.py"))
        self.port = settings.port
        self.ports: dict[str, int] = {}  # of the functions
        self.cloud: dict[str, int] = {}  # of the local cloud, by service
        self.folder: Folder | None = None
        self.environment: dict[str, str] = {}
        self._functions = functions
        self._children: Children | None = None
        self._running: dict[str, Child] = {}

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://{HOST}:{self.port}"

    def function_url(self, name: str) -> str:
        """Where one function is, past the gateway."""
        return f"http://{HOST}:{self.ports[name]}"

    def start(self, interrupted: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait until it answers; `interrupted` is asked again and again, and may raise.

        Raises:
            StackError: a port is taken, or something ended or did not answer in time. Nothing is left running.
        """
        if self.port and (reason := why_taken(self.port)):
            raise StackError(f"{reason}. Choose another port, for example PORT={self.port + 1}")
        path, given = self.settings.folder, self.settings.folder_given
        try:
            # Nobody who starts a second stack at another port should have to think of its data.
            self.folder = claim(path) if given else claim_own(path, self.port)
        except FolderInUseError as exc:
            raise StackError(f"{exc}. Stop that one, or choose another folder: LOCAL_DIR=…") from exc
        try:
            self._start(self.folder, interrupted)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything: first what asks, then what answers, the local cloud last."""
        if self._children:
            for names in (("scheduler", "gateway", "resources"), tuple(self.ports), ("cloud",)):
                self._children.end([self._running.pop(name) for name in names if name in self._running])
            self._children.close()
        if self.folder:
            self.folder.release()
        self.folder = self._children = None

    def kill(self, name: str) -> None:
        """SIGKILL to every process of a function (or of `cloud`, `gateway`)."""
        if self._children:
            self._children.kill(self._running[name])

    def signal(self, name: str, number: int) -> None:
        """Any signal to every process of a function."""
        signal_group(self.group(name), number)

    def group(self, name: str) -> int:
        """The process group of a function."""
        return self._running[name].process.pid

    def add(self, name: str) -> None:
        """Start another instance of a function, `generate.2`, at a port of its own; back when it answers.

        Nothing leads there by itself: neither the gateway nor a subscription.
        """
        self.ports[name] = free_ports(1).pop()
        self._launch(name)
        self._wait({name: self._check(name)}, lambda: None)

    def restart(self, name: str) -> None:
        """Start one again, at its old port, after killing what is left of it; wait until it answers."""
        self.kill(name)
        self._launch(name)
        self._wait({name: self._check(name)}, lambda: None)

    def ended(self) -> Iterator[Child]:
        """What should be running and is not."""
        return (child for child in tuple(self._running.values()) if child.ended() is not None)

    def _start(self, folder: Folder, interrupted: Callable[[], None]) -> None:
        services = self.settings.services()
        wanted = [*services, *(["vertex_rest"] if "vertex" in services else []), *(["control"] if services else [])]
        free = free_ports(len(self.names) + len(wanted) + 1)
        self.port = self.port or free.pop()
        self.ports = {name: free.pop() for name in self.names}
        self.cloud = {name: free.pop() for name in wanted}
        self.environment = {
            "LOCAL_SIGNER_KEY": str(folder.path / "signer.json"),
            **self.settings.common(self.cloud, self.url),
        }
        for log in folder.logs.glob("*.log"):
            log.unlink()
        self._children = Children(folder.logs, folder.lock)
        begun = [*(["cloud"] if services else []), "resources", *self.names, "gateway"]
        for name in begun:
            self._launch(name)
        self._wait({name: self._check(name) for name in begun}, interrupted)
        self._children.end([self._running.pop("resources")])  # it has ended; nobody need watch it on
        if key := self._own_signer():
            make_copies(key)
            if "storage" in services:
                _put_rights(self.cloud["control"], rights(self.environment["GCS_BUCKET_NAME"]))
        if self.settings.sweep_seconds and "sweep" in self.names:
            self._launch("scheduler")

    def _own_signer(self) -> Path | None:
        """The key file that signs URLs, unless the environment gave another: then all functions sign with that one."""
        key = Path(self.environment["LOCAL_SIGNER_KEY"])
        return key if self.folder and key.parent == self.folder.path else None

    def _launch(self, name: str) -> None:
        if not self._children or not self.folder:
            raise StackError("the stack is not running")
        workers = {"generate", "notify"} & set(self.names)
        own = {f"{worker.upper()}_URL": f"{self.function_url(worker)}/" for worker in workers}
        if name in self.ports:
            # gunicorn puts a socket for its own administration there, else into the user's home.
            (runtime := self.folder.path / "run" / name).mkdir(parents=True, exist_ok=True)
            own = {"XDG_RUNTIME_DIR": str(runtime)}
            if key := self._own_signer():
                own["LOCAL_SIGNER_KEY"] = str(key_of(key, name.partition(".")[0]))
        self._running[name] = self._children.start(name, self._command(name), {**self.environment, **own})

    def _command(self, name: str) -> list[str]:
        match name:
            case "cloud":
                ports = [(f"--{service.replace('_', '-')}-port", str(port)) for service, port in self.cloud.items()]
                data = str(self.folder.data) if self.folder else ""
                services = ",".join(self.settings.services())
                options = [word for pair in ports for word in pair]
                logs = ["--logs", str(self.folder.logs)] if self.folder else []
                return ["-m", "infra.local", "--data", data, "--services", services, *logs, *options]
            case "resources":
                return ["-m", "infra.local.resources"]
            case "gateway":
                backends = [f"{function}={self.function_url(function)}" for function in self.names]
                backends += [f"local=http://{HOST}:{self.cloud['control']}"] if "control" in self.cloud else []
                return ["-m", "infra.local.gateway", str(self.port), *backends]
            case "scheduler":
                every = str(self.settings.sweep_seconds)
                return ["-m", "infra.local.scheduler", f"{self.function_url('sweep')}/", every]
            case _:
                function = name.partition(".")[0]
                source = ["--source", str(self._functions / function / "main.py"), "--target", function]
                return ["-m", "functions_framework", *source, "--host", HOST, "--port", str(self.ports[name])]

    def _check(self, name: str) -> Check:
        """Whether it is ready."""
        match name:
            case "resources":
                return lambda: self._running[name].ended() == 0
            case "cloud":
                # Its health last: the control port opens before the services do.
                return lambda: all(map(answers, self.cloud.values())) and _healthy(self.cloud["control"])
            case "gateway":
                return lambda: answers(self.port)
            case _:
                return lambda: _healthy(self.ports[name])

    def _wait(self, pending: Mapping[str, Check], interrupted: Callable[[], None]) -> None:
        left = dict(pending)
        deadline = time.monotonic() + READY_SECONDS
        while left:
            interrupted()
            for name, ready in tuple(left.items()):
                code = self._running[name].ended()
                if code:
                    raise self._failure(name, f"ended with {code} before it was ready")
                if ready():
                    del left[name]
            if time.monotonic() > deadline:
                raise self._failure(next(iter(left)), f"is not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.02 if left else 0)

    def _failure(self, name: str, what: str) -> StackError:
        child = self._running[name]
        return StackError(f"{name} {what}. The end of {child.log}:\n{child.tail()}")


def _put_rights(port: int, table: object) -> None:
    """Tell the local Cloud Storage what a signature of each function opens."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("PUT", "/storage/rights", json.dumps(table))
        if (answer := connection.getresponse()).status >= http.client.BAD_REQUEST:
            raise StackError(f"the signers' rights were refused: {answer.read().decode()}")
    finally:
        connection.close()


def _healthy(port: int) -> bool:
    """Whether `GET /health` is answered, whatever the answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
