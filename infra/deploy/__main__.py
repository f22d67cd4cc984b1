"""`python -m infra.deploy deploy` or `destroy`: what `make` calls, with settings by the environment (wanted.py).

0: it is done. 1: it could not be, with words on standard error. 130: it was stopped, and what ran has ended in order.
"""

import os
import sys
from collections.abc import Callable, Mapping

from infra.deploy.archives import Archive, archives
from infra.deploy.bootstrap import check_credentials, check_keys, check_project, make_state, state_exists, switch_on
from infra.deploy.terraform import Terraform, removed
from infra.deploy.tools import InterruptedDeploy, Tools
from infra.deploy.wanted import DeployError, Wanted, wanted

Packed = Callable[[], Mapping[str, Archive]]


def deploy(what: Wanted, tools: Tools, environment: Mapping[str, str], packed: Packed = archives) -> None:
    """Bring the project to what is in this checkout."""
    number = _checked(what, tools, environment)
    print("bundles …", flush=True)
    bundles = packed()
    if not state_exists(tools, what, number):
        if what.dry_run:
            print(f"There is no deployment yet, nor gs://{what.state_bucket} for its state: all would be made.")
            return
        print(f"the state will lie in gs://{what.state_bucket}", flush=True)
        switch_on(tools, what)
        make_state(tools, what)
    terraform = Terraform(tools, what, bundles)
    terraform.init()
    _same(what, terraform.outputs())
    changes = terraform.plan()
    plan = terraform.planned()
    check_keys(tools, what, plan.get("variables", {}).get("provider_keys", {}).get("value", []))
    if what.dry_run:
        print("That is what would change. Without DRY_RUN=1 it is done.")
        return
    if changes:
        _ask(what, removed(plan))
        terraform.apply()
    _tell(what, terraform.outputs())


def destroy(what: Wanted, tools: Tools, environment: Mapping[str, str]) -> None:
    """Take away what is deployed, unless it is protected."""
    number = _checked(what, tools, environment)
    if not state_exists(tools, what, number):
        print(f"There is no deployment: gs://{what.state_bucket}, where its state would lie, is not there.")
        return
    nothing = Archive(path="/dev/null", sha256="0" * 64)
    functions = ("submit", "status", "generate", "notify", "sweep", "openai")
    terraform = Terraform(tools, what, dict.fromkeys(functions, nothing))
    terraform.init()
    outputs = terraform.outputs()
    _same(what, outputs)
    if outputs.get("deletion_protection"):
        text = (
            f"{what.project} ({what.environment}) is protected: its jobs and images would be gone. To take it away all "
            f"the same:\n  1. set deletion_protection = false in infra/cloud/environments/{what.environment}.tfvars\n"
            f"  2. make deploy PROJECT={what.project} REGION={what.region} ENV={what.environment}\n"
            f"  3. make destroy PROJECT={what.project} REGION={what.region} ENV={what.environment}"
        )
        raise DeployError(text)
    if not terraform.plan(destroy=True):
        print("There is nothing left to take away.")
        return
    if what.dry_run:
        print("That is what would go. Without DRY_RUN=1 it does.")
        return
    _ask(what, removed(terraform.planned()))
    terraform.apply()
    print(f"Gone. gs://{what.state_bucket} is left: it holds the state's history. Delete it when nobody will ask.")


def _checked(what: Wanted, tools: Tools, environment: Mapping[str, str]) -> str:
    check_credentials(tools, environment)
    number = check_project(tools, what)
    print(f"{what.environment} in {what.project} ({number}), {what.region}", flush=True)
    return number


def _same(what: Wanted, outputs: Mapping[str, object]) -> None:
    """Raise DeployError where the project holds a deployment meant for something else, unless CONFIRM says so."""
    there = {"ENV": outputs.get("environment"), "REGION": outputs.get("region")}
    asked = {"ENV": what.environment, "REGION": what.region}
    other = {name: value for name, value in there.items() if value not in {None, asked[name]}}
    if other and not what.confirmed:
        said = " ".join(f"{name}={value}" for name, value in other.items())
        text = f"{what.project} holds a deployment with {said}, and there is one a project. Say {said} to go on with it"
        raise DeployError(f"{text}, CONFIRM={what.project} to make another of it, or take another project.")


def _ask(what: Wanted, gone: list[str]) -> None:
    """Have it said that these may go; a plan that only adds and changes is not asked about.

    Raises:
        DeployError: it was not.
    """
    if not gone or what.confirmed:
        return
    print(f"\nThis removes or replaces {len(gone)}: {', '.join(gone[:10])}{' …' if len(gone) > 10 else ''}")  # noqa: PLR2004 - a screenful
    if not sys.stdin.isatty():
        raise DeployError(f"Nobody is here to be asked: say CONFIRM={what.project} if these may go.")
    if input(f"Type the project's name to go on ({what.project}): ").strip() != what.project:
        raise DeployError("That is not its name. Nothing was changed.")


def _tell(what: Wanted, outputs: Mapping[str, object]) -> None:
    url = outputs.get("url")
    database = outputs.get("database")
    other = f"FIRESTORE_DATABASE='{database}' " if database != "(default)" else ""
    print(f"\nIt is at {url}")
    if dns := outputs.get("dns"):
        print(f"  Its DNS record: A {dns}. The certificate is made once that is there: up to an hour.")
    if dashboard := outputs.get("dashboard"):
        print(f"  Its charts: {dashboard}")
    print(
        "  The first key, shown once:\n"
        f"    GOOGLE_CLOUD_PROJECT={what.project} {other}.venv/bin/python -m infra.tenants create my-team\n"
        "  What to check:\n"
        f"    .venv/bin/darkroom doctor --url {url} --api-key drk_…"
    )


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Do it; the exit code."""
    commands = {"deploy": deploy, "destroy": destroy}
    if arguments not in (["deploy"], ["destroy"]):
        print("usage: python -m infra.deploy deploy|destroy", file=sys.stderr)
        return 2
    try:
        what = wanted(environment)
        commands[arguments[0]](what, Tools(environment), environment)
    except DeployError as exc:
        print(exc, file=sys.stderr)
        return 1
    except (InterruptedDeploy, KeyboardInterrupt) as exc:
        print(f"\n{exc or 'Stopped'}. Nothing is half-done that the same command would not end.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
