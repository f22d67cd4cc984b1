"""Headers of answers: what each says, with an example."""

from typing import Any

HEADERS: dict[str, tuple[Any, str, Any]] = {
    "Location": (str, "Where it is.", "https://darkroom.example/v1/jobs/k3v6nw5cq7ydm2xz4bta5r6eou"),
    "ETag": (str, "The version of the answer, for If-None-Match.", 'W/"4"'),
    "Idempotency-Replayed": (str, "`true`: the key had asked for this before, and nothing was done again.", "true"),
    "Idempotency-Key-Expires": (
        str,
        "Until when the key is known at least, as an HTTP date; `never` where nothing but a deletion ends it.",
        "Sat, 28 Nov 2026 12:00:00 GMT",
    ),
    "x-request-id": (str, "The id of the job, which GET /v1/jobs/{job_id} answers for.", "k3v6nw5cq7ydm2xz4bta5r6eou"),
    "Preference-Applied": (str, "The preference that was followed; a longer wait is cut.", "wait=20"),
    "RateLimit": (str, "What is left of each limit of requests, and in how many seconds all is.", '"tenant";r=599;t=1'),
    "RateLimit-Policy": (str, "Each limit of requests, and its seconds (an IETF draft).", '"tenant";q=600;w=60'),
    "RateLimit-Limit": (int, "Requests a minute, of the limit that is nearest.", 600),
    "RateLimit-Remaining": (int, "Requests left of it.", 599),
    "RateLimit-Reset": (int, "Seconds until all of it is left again.", 1),
    "Retry-After": (int, "Seconds after which the same request may be taken.", 5),
    "WWW-Authenticate": (str, "What would open it (RFC 6750).", 'Bearer realm="darkroom"'),
    "Deprecation": (str, "When the model that the job named was deprecated (RFC 9745).", "@1767225600"),
    "Sunset": (str, "When that model will be switched off (RFC 8594).", "Wed, 30 Jun 2027 00:00:00 GMT"),
    "Link": (str, "Where to read of the deprecation.", '<https://darkroom.example/v1/models>; rel="deprecation"'),
}
RATE_LIMIT = ("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
REQUIRED = {"Location", "ETag"}  # of each answer that they are listed for
