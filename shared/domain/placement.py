"""Where a job's objects lie in the bucket: each has one owner, and its name says which."""

from shared.domain.job import Job, Kind

ENDINGS: dict[Kind, str] = {"image": "", "original": "_original", "thumbnail": "_thumbnail"}
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def prefix(job: Job) -> str:
    """What the names of all objects of the job, and of no other, begin with."""
    return f"{_folder(job)}{job.job_type}_{job.id}_"


def object_name(job: Job, index: int, sha256: str, mime_type: str, kind: Kind = "image") -> str:
    """The name of the job's image `index` (from 0), or of what lies beside it; its bytes have this SHA-256 (hex)."""
    return f"{prefix(job)}{index}_{sha256[:12]}{ENDINGS[kind]}.{EXTENSIONS[mime_type]}"


def input_name(job: Job, number: int, sha256: str, mime_type: str) -> str:
    """The name of the job's own copy of a picture that it starts from, `number` from 0."""
    return f"{prefix(job)}input_{number}_{sha256[:12]}.{EXTENSIONS[mime_type]}"


def upload_name(tenant: str, upload_id: str) -> str:
    """The name of a picture that a client sent, before any job has taken it."""
    return f"inputs/{tenant}/{upload_id}"


def sidecar_name(name: str) -> str:
    """The name of the JSON beside the image `name`."""
    return f"{name}.json"


def _folder(job: Job) -> str:
    if job.project_id is None and job.object_prefix is not None:
        return job.object_prefix
    if job.project_id is None:
        return f"tenants/{job.tenant}/jobs/{job.id}/"
    shot = (
        f"scene_{job.scene_id}/" if job.scene_id else "",
        f"shot_{job.shot_id}/" if job.shot_id else "",
    )
    place = ("" if job.job_type == "master_asset" else "".join(shot)) or "master-assets/"  # such serve every scene
    return f"project_{job.project_id}/branch_{job.branch_id or 'main'}/{place}"
