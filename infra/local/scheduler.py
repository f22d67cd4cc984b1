"""`python -m infra.local.scheduler URL SECONDS`: Cloud Scheduler for one function, called every so many seconds.

A call that takes longer than the interval is not overtaken: the next one waits for its end. What goes wrong is
written once, when it begins, and once when it is over.
"""

import http.client
import sys
import time
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 600
HEADERS = {"Content-Type": "application/json", "User-Agent": "Google-Cloud-Scheduler", "X-CloudScheduler": "true"}


def call(url: str) -> str:
    """POST `{}` to `url`; gives what went wrong, empty if nothing did."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path or "/", b"{}", HEADERS)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as exc:
        return f"no answer: {exc}"
    finally:
        connection.close()
    return "" if response.status < http.client.BAD_REQUEST else f"answered {response.status}"


def main() -> None:
    """Call for ever."""
    url, interval = sys.argv[1], float(sys.argv[2])
    trouble = ""
    while True:
        start = time.monotonic()
        now = call(url)
        if now != trouble:
            print(f"{url} {now or 'answers again'}", flush=True)
            trouble = now
        time.sleep(max(0.0, start + interval - time.monotonic()))


if __name__ == "__main__":
    main()
