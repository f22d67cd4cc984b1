"""A deployment that Google identities open: from the token's signature to the tenant's jobs."""

import subprocess
import sys

import httpx

from tests.fakes.google_issuer import ROBOT, Issuer
from tests.fakes.http_server import HttpServer, json_answer
from tests.integration.alone import one_function
from tests.processes import ROOT, RunningCloud, clean_environment

AUDIENCE = "https://images.test"


def test_an_identity_that_was_let_in_reads_its_tenants_jobs(cloud: RunningCloud, project: str) -> None:
    """By a token that Google signed for this deployment, and by no other; a key opens nothing here."""
    issuer = Issuer(AUDIENCE)
    database = {"GOOGLE_CLOUD_PROJECT": project, "FIRESTORE_EMULATOR_HOST": cloud.host("firestore")}
    key = operator(database, "create", "acme")
    assert ROBOT in operator(database, "allow", "acme", ROBOT, "--scopes", "jobs:read")
    with HttpServer(lambda _: json_answer({"k1": issuer.certificate()})).running() as google:
        iam = {"AUTH_MODE": "iam", "PUBLIC_URL": AUDIENCE, "IAM_CERTS_URL": f"{google.url}/certs"}
        with one_function("status", **database, **iam) as url:
            assert asked(f"{url}/v1/jobs", issuer.token()) == (200, None)
            assert asked(f"{url}/v1/keys", issuer.token()) == (403, "insufficient_scope")
            for token in (issuer.token(email="nobody@acme.iam"), issuer.token(aud="x"), Issuer(AUDIENCE).token(), key):
                assert asked(f"{url}/v1/jobs", token) == (401, "unauthorized")


def asked(url: str, token: str) -> tuple[int, str | None]:
    """The status, and the code of a problem."""
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)
    return answer.status_code, answer.json().get("code")


def operator(database: dict[str, str], *arguments: str) -> str:
    """What `python -m infra.tenants` says."""
    command = [sys.executable, "-m", "infra.tenants", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(database), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()
