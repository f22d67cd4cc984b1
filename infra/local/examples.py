"""How the local cloud is used alone: the examples of `--help` and of the README, which a test runs as they are."""

START = """\
eval "$(python -m infra.local &)"     # back when it is ready
kill $LOCAL_CLOUD_PID                 # when you are done"""

PYTHON = """\
from google.cloud import firestore, pubsub_v1, storage

job = firestore.Client(project="demo").document("jobs/1")
job.create({"prompt": "a red fox", "attempt": 1})
job.update({"attempt": firestore.Increment(1)})
print(job.get().get("attempt"))

publisher = pubsub_v1.PublisherClient()
topic = publisher.create_topic(name="projects/demo/topics/jobs").name
print(publisher.publish(topic, b"hello").result())

bucket = storage.Client(project="demo").create_bucket("demo-images")
bucket.blob("fox.txt").upload_from_string("a red fox")
print(bucket.blob("fox.txt").download_as_text())"""

VERTEX = """\
from google import genai
from google.oauth2.credentials import Credentials

client = genai.Client(vertexai=True, project="demo", location="global", credentials=Credentials("any"))
answer = client.models.generate_content(model="gemini-3.1-flash-image", contents="a red fox in the snow")
picture = next(part.inline_data.data for part in answer.parts if part.inline_data)
print(len(picture), "bytes of PNG")"""

CURL = """\
json='Content-Type: application/json'
curl -sf "$STORAGE_EMULATOR_HOST/storage/v1/b?project=demo" -H "$json" -d '{"name": "demo-curl"}'
curl -sf "$STORAGE_EMULATOR_HOST/upload/storage/v1/b/demo-curl/o?uploadType=media&name=a.txt" --data-binary hello
curl -sf "$STORAGE_EMULATOR_HOST/storage/v1/b/demo-curl/o/a.txt?alt=media"
models="$GOOGLE_VERTEX_BASE_URL/v1/projects/demo/locations/us-central1/publishers/google/models"
curl -sf "$models/imagen-4.0-generate-001:predict" -H "$json" -o fox.json \\
     -d '{"instances": [{"prompt": "a red fox"}]}'"""

CONTROL = """\
curl -sf "$LOCAL_CLOUD_CONTROL/counts"
curl -sf "$LOCAL_CLOUD_CONTROL/faults" -d '{"service": "firestore", "method": "Commit", "code": "ABORTED", "count": 2}'
curl -sf "$LOCAL_CLOUD_CONTROL/faults" -X DELETE
curl -sf "$LOCAL_CLOUD_CONTROL/clock/advance" -d '{"seconds": 3600}'"""


def epilog() -> str:
    """The examples as `--help` shows them: each under its heading, indented by two."""
    parts = {
        "In a shell, here and in all that follows:": START.splitlines()[0],
        "Python, with the variables that it exported (pip install google-cloud-firestore …):": PYTHON,
        "curl:": CURL,
        "Counts of calls, faults, and the clock, at the control port:": CONTROL,
        "At the end:": START.splitlines()[1],
    }
    indented = ("\n".join(f"  {line}" if line else "" for line in text.splitlines()) for text in parts.values())
    return "\n\n".join(f"{heading}\n\n{text}" for heading, text in zip(parts, indented, strict=True))
