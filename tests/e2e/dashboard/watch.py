"""What a page complains of while it is looked at: errors on its console, what its policy stopped, hosts not its own."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

# Whether a key is needed is asked without one: Chromium writes each answer of 4xx to the console.
AT_THE_DOOR = re.compile(r"Failed to load resource: .* 401 .*")
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} stopped ${event.blockedURI} of ${event.sourceFile}`));
"""


class Watch:
    """Collects complaints of pages that may ask `hosts`, and no others."""

    def __init__(self, *hosts: str) -> None:
        self.complaints: list[str] = []
        self._hosts = {urlsplit(host).netloc for host in hosts}
        self._expected: list[re.Pattern[str]] = []

    def expect(self, pattern: str) -> None:
        """An error on the console that the test itself brings about."""
        self._expected.append(re.compile(pattern))

    def over(self, page: Page) -> None:
        """Watch this page from now on."""
        page.add_init_script(VIOLATIONS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._asked)
        page.on("dialog", self._stopped)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning", "assert"}:
            return
        where = urlsplit(message.location.get("url", "")).path
        said = f"{message.type}: {message.text} ({where})"
        if where == "/v1/models" and AT_THE_DOOR.fullmatch(message.text):
            return
        if not any(pattern.search(said) for pattern in self._expected):
            self.complaints.append(said)

    def _stopped(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.netloc not in self._hosts:
            self.complaints.append(f"asked another host: {request.url}")
