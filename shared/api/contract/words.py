"""What stands before the calls."""

TITLE = "Darkroom"
VERSION = "1"
INTRODUCTION = """\
Prompts become stored pictures: a job is recorded, answered at once, and never lost.

**Values.** JSON in snake_case. Times are RFC 3339 with their zone. Money is integer micro-USD (1,000,000 are one
dollar); `null` is unknown, never 0. Unknown fields of a request are refused by name.

**Problems.** What cannot be taken is answered as `application/problem+json` (RFC 9457). `code` is stable, `detail`
says what to do, and `errors` point to the fields at fault by JSON pointer.

**Safe to repeat.** A POST or DELETE with an `Idempotency-Key` is done once, however often it is sent. Any 1 to 255
visible ASCII characters are a key; quotes around it are a part of it. It is yours alone, and each kind of call has
keys of its own: jobs and their variations, batches, storyboards, uploads, API keys, and what is done to each of them.
The same key and the same request give the same answer, marked `Idempotency-Replayed: true`; the same key and another
request are 422; a request that was refused does not use its key up. Two at the same time are one: there is no 409 to
wait for. No call but those of older clients' contracts insists on a key, so a missing one is no error; without one, a
repeat is done again. What makes a secret is an exception: it is shown once, so that a repeat is 409
`secret_already_shown`.

**How long keys live.** A job's key is known for as long as the job, and for 7 days after its end of life or its
deletion, during which it answers 410. The keys of what is done to a job (cancel, retry, redrive, delete) are known
with it, the last 16 of them; a batch's live as long as a job's would, and then name nothing;
those of a redelivery for 30 days; that of an upload as long as its file, a day; an API key's for as long as the key.
`Idempotency-Key-Expires` says until when at least.

**Keys.** `Authorization: Bearer drk_…` opens what the key's scopes say: `jobs:read`, `jobs:write`, `admin`; none of
them includes another. A key sees its own tenant's jobs alone; another's are 404, as if they were not there.

**Webhooks.** A job's `webhook`, or else its tenant's, is told of its changes by Standard Webhooks 1.0: signed, each
event under one `webhook-id`, in the order of the job's changes, at least once. The body has `type`, `timestamp` and
`status_sequence` of the change, and in `data` the job as it was moments later: its own `status_sequence` says whether
it had moved on. What is not taken (a 2xx) is sent again after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24
hours. A 410 disables the receiver for all of the tenant's jobs; a delivery that is asked for anew and taken ends that.

**Limits.** Requests a minute are limited for each tenant, project and user (`X-User-ID`) in each of our instances;
answers say in `RateLimit` what is left. Jobs under way, images of a day, and budgets of a day and a month (UTC) may be
limited too: what a job may cost is reserved before it is taken, and what it did not spend is free again when it has
ended. What would exceed a limit is answered 429, or 402 for a budget, with `exceeded`: the limit, and how much of it
is left. A repeat of a job that was taken meets no such limit but that of requests.

**Versions.** A job's `ETag` changes with its `status_sequence`. `If-None-Match` takes one, a list, weak ones and `*`.
"""
TAGS = {
    "Jobs": "Make images, follow them, and change your mind.",
    "Batches": "Many jobs, asked for and followed together.",
    "Storyboards": "A video's scenes, written or given, and their pictures.",
    "Images": "What a job has made.",
    "Uploads": "Pictures to start from.",
    "Catalogue": "What there is to ask for.",
    "Figures": "What was spent, and how it goes.",
    "Webhooks": "Who was told of a job, and how.",
    "Dead letters": "Jobs that gave up.",
    "Keys": "Who may use the API, and for what.",
    "Controls": "What waits until somebody lets it go on.",
    "Task contract": "For clients of an older service; each task is a job.",
    "OpenAI's images": "For clients of OpenAI's images API; what each call asks for is a job.",
    "Studio contract": "For the front end of a film studio; each of its jobs is a job.",
    "Music video": "For clients of an older service: scenes and characters of a music video.",
    "Service": "The service itself.",
}
