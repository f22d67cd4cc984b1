"""The operations of the JSON API that are not here, each refused by its full name."""

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import Handler, HttpService
from infra.local.rest import unimplemented as refuse
from infra.local.storage.refusals import unimplemented

BUCKET = "/storage/v1/b/{bucket}"
OBJECT = f"{BUCKET}/o/{{object}}"
KEYS = "/storage/v1/projects/{project}/hmacKeys"
# Settings that are kept and given back, and that change nothing here.
NOT_ACTED_UPON = (
    "buckets: autoclass, iamConfiguration, rpo, softDeletePolicy, storageClass",
    "objects: customTime, storageClass",
    "calls: projection (there are no access lists), userProject (nobody pays)",
)
DIFFERENCES = (
    (
        "The JSON API asks nobody for credentials. The XML API wants a V4 signature or an Authorization header, which "
        "it does not look into."
    ),
    (
        "V4 signatures are checked with the key of `LOCAL_SIGNER_KEY`, or with one made by `signBlob`; V2 signatures, "
        "HMAC keys and signed payloads (`x-goog-content-sha256`) are refused as UNIMPLEMENTED."
    ),
    (
        "Rights are those set at the control port (`PUT /storage/rights`), and count for signed URLs alone; without a "
        "table every signer may do all. There are no access lists and no IAM policies."
    ),
    (
        "A bucket's lifecycle knows the action Delete with the conditions age and matchesPrefix, looked after each "
        "second of this cloud's clock; other actions and conditions are refused as UNIMPLEMENTED."
    ),
    "Any parameter, header or field that is neither implemented nor listed as kept is refused as UNIMPLEMENTED.",
    "Encryption keys of the customer's own are refused as UNIMPLEMENTED.",
)
RESERVED = ("storage", "upload", "download", "batch", "resumable", "iam")  # none of them is a bucket at /bucket/object
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def _access_lists(kind: str, path: str) -> list[tuple[str, str, str]]:
    return [
        (f"{kind}.list", "GET", path),
        (f"{kind}.insert", "POST", path),
        *((f"{kind}.{name}", verb, f"{path}/{{entity}}") for name, verb in (
            ("get", "GET"), ("patch", "PATCH"), ("update", "PUT"), ("delete", "DELETE"),
        )),
    ]  # fmt: skip


def _policies(kind: str, path: str) -> list[tuple[str, str, str]]:
    return [
        (f"{kind}.getIamPolicy", "GET", f"{path}/iam"),
        (f"{kind}.setIamPolicy", "PUT", f"{path}/iam"),
        (f"{kind}.testIamPermissions", "GET", f"{path}/iam/testPermissions"),
    ]


ABSENT: tuple[tuple[str, str, str], ...] = (
    *_access_lists("bucketAccessControls", f"{BUCKET}/acl"),
    *_access_lists("defaultObjectAccessControls", f"{BUCKET}/defaultObjectAcl"),
    *_access_lists("objectAccessControls", f"{OBJECT}/acl"),
    *_policies("buckets", BUCKET),
    *_policies("objects", OBJECT),
    *_policies("managedFolders", f"{BUCKET}/managedFolders/{{folder}}"),
    ("buckets.getStorageLayout", "GET", f"{BUCKET}/storageLayout"),
    ("buckets.lockRetentionPolicy", "POST", f"{BUCKET}/lockRetentionPolicy"),
    ("buckets.relocate", "POST", f"{BUCKET}/relocate"),
    ("buckets.restore", "POST", f"{BUCKET}/restore"),
    ("objects.bulkRestore", "POST", f"{BUCKET}/o/bulkRestore"),
    ("objects.restore", "POST", f"{OBJECT}/restore"),
    ("objects.watchAll", "POST", f"{BUCKET}/o/watch"),
    ("channels.stop", "POST", "/storage/v1/channels/stop"),
    ("notifications.list", "GET", f"{BUCKET}/notificationConfigs"),
    ("notifications.insert", "POST", f"{BUCKET}/notificationConfigs"),
    ("notifications.get", "GET", f"{BUCKET}/notificationConfigs/{{id}}"),
    ("notifications.delete", "DELETE", f"{BUCKET}/notificationConfigs/{{id}}"),
    ("folders.list", "GET", f"{BUCKET}/folders"),
    ("folders.insert", "POST", f"{BUCKET}/folders"),
    ("folders.get", "GET", f"{BUCKET}/folders/{{folder}}"),
    ("folders.delete", "DELETE", f"{BUCKET}/folders/{{folder}}"),
    ("folders.deleteRecursive", "POST", f"{BUCKET}/folders/{{folder}}/deleteRecursive"),
    ("folders.rename", "POST", f"{BUCKET}/folders/{{folder}}/renameTo/folders/{{target}}"),
    ("managedFolders.list", "GET", f"{BUCKET}/managedFolders"),
    ("managedFolders.insert", "POST", f"{BUCKET}/managedFolders"),
    ("managedFolders.get", "GET", f"{BUCKET}/managedFolders/{{folder}}"),
    ("managedFolders.delete", "DELETE", f"{BUCKET}/managedFolders/{{folder}}"),
    ("anywhereCaches.list", "GET", f"{BUCKET}/anywhereCaches"),
    ("anywhereCaches.insert", "POST", f"{BUCKET}/anywhereCaches"),
    ("anywhereCaches.get", "GET", f"{BUCKET}/anywhereCaches/{{id}}"),
    ("anywhereCaches.update", "PATCH", f"{BUCKET}/anywhereCaches/{{id}}"),
    ("anywhereCaches.disable", "POST", f"{BUCKET}/anywhereCaches/{{id}}/disable"),
    ("anywhereCaches.pause", "POST", f"{BUCKET}/anywhereCaches/{{id}}/pause"),
    ("anywhereCaches.resume", "POST", f"{BUCKET}/anywhereCaches/{{id}}/resume"),
    ("operations.list", "GET", f"{BUCKET}/operations"),
    ("operations.get", "GET", f"{BUCKET}/operations/{{id}}"),
    ("operations.cancel", "POST", f"{BUCKET}/operations/{{id}}/cancel"),
    ("operations.advanceRelocateBucket", "POST", f"{BUCKET}/operations/{{id}}/advanceRelocateBucket"),
    ("projects.hmacKeys.list", "GET", KEYS),
    ("projects.hmacKeys.create", "POST", KEYS),
    ("projects.hmacKeys.get", "GET", f"{KEYS}/{{id}}"),
    ("projects.hmacKeys.update", "PUT", f"{KEYS}/{{id}}"),
    ("projects.hmacKeys.delete", "DELETE", f"{KEYS}/{{id}}"),
    ("projects.serviceAccount.get", "GET", "/storage/v1/projects/{project}/serviceAccount"),
)


def offer_refusals(service: HttpService) -> None:
    """Refuse what is known and not here by its name, and the rest below the API's paths by its path."""
    for name, verb, path in ABSENT:
        service.route_escaped(name, verb, path, _refusal(f"storage.{name}"))
    for prefix in RESERVED:
        for verb in VERBS:
            service.route_escaped("unknown", verb, f"/{prefix}/{{path:path}}", refuse)


def _refusal(name: str) -> Handler:
    async def refusal(_: Request) -> Response:
        raise unimplemented(name)

    return refusal
