"""What schemathesis is told of this API beyond the contract; it imports this by SCHEMATHESIS_HOOKS.

Nothing here makes a wrong answer right: requests are kept from waiting for minutes, from closing their own door, and
from calling the world; and a valid request may be refused for a rule that JSON Schema cannot say, under its own code.
"""

import os
import re
from typing import Any

import msgspec
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure

from shared.api.contract.openapi import CALLS
from shared.domain.batch import BatchRequest
from shared.domain.inputs import URL
from shared.domain.request import JobRequest

OWN_KEY_ID = os.environ["FUZZ_KEY"].split("_")[1]
RECEIVER = os.environ["FUZZ_RECEIVER"]  # an address on this machine
NOBODYS = "a" * 26
ADDRESSES = {"url", "imageUrl", "maskUrl"}  # fields that have one
LINE_END = "%0A"  # as it stands in a path
# Rules that span fields, or depend on what is there.
RULES = {
    "unknown_model", "unknown_style", "unsupported_by_model", "model_retired", "job_deleted", "idempotency_key_reused",
    "unsupported_filters", "too_many_filters", "invalid_window", "invalid_page_token",
}  # fmt: skip
PARAMS = {"model", "image", "mask"}  # of OpenAI's, for the same reasons: a schema knows no picture from other bytes
# What their parameters cannot say together.
RULES_OF = {"getImage": {"invalid_query"}, "listJobs": {"invalid_filter"}, "listStoryboards": {"invalid_filter"}}


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """Keep the call from waiting, from closing its own door, and from calling the world."""
    operation = case.operation.definition.raw["operationId"]
    if "Prefer" in case.headers:
        case.headers["Prefer"] = "wait=1"
    if operation in {"revokeKey", "rotateKey"} and case.path_parameters.get("key_id") == OWN_KEY_ID:
        case.path_parameters["key_id"] = NOBODYS
    if operation == "followJob":  # the events of a job that waits have no end that could be waited for
        case.path_parameters["job_id"] = NOBODYS
    if operation == "followStoryboard":  # nor have those of a storyboard
        case.path_parameters["board_id"] = NOBODYS
    if "wait" in case.query and str(case.query["wait"]).isdigit():
        case.query["wait"] = 1
    for name, value in case.path_parameters.items():
        if LINE_END in str(value):  # functions-framework itself answers such a path, in plain text
            case.path_parameters[name] = NOBODYS
    if isinstance(case.body, dict):
        case.body = _as_sent(case.body)


def _as_sent(value: Any) -> Any:
    """With addresses on this machine, and whole numbers without `.0`.

    To JSON Schema such a number is whole with it, too; no client writes it so.
    """
    if isinstance(value, dict):
        return {name: _address(part) if name in ADDRESSES else _as_sent(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_sent(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _address(value: Any) -> Any:
    return RECEIVER if isinstance(value, str) and re.match(URL, value) else value  # a wrong one stays wrong


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Whether it is one: not where a valid request breaks a rule, and is told which; nor an invalid item of a batch.

    JSON Schema cannot say that an item lacks what the batch's defaults have, or that others run without it.
    """
    if failure.code == "ST201" and case.operation.definition.raw["operationId"] == "createBatch":
        return not _is_told_of_its_items(case.body, response)
    return not (failure.code == "ST202" and _breaks_a_rule(case, response))


def _is_told_of_its_items(body: Any, response: Response) -> bool:
    """Whether each item is a request, with what the batch says for all of them, or among the answer's errors."""
    told = {error["index"] for error in msgspec.json.decode(response.content)["errors"]}
    try:
        rest = msgspec.convert({**body, "items": [{"prompt": "a fox"}]}, BatchRequest)
        for index, item in enumerate(body["items"]):
            if index not in told:
                msgspec.convert(msgspec.to_builtins(rest.defaults) | item, JobRequest)
    except (msgspec.ValidationError, TypeError):
        return False
    return True


def _breaks_a_rule(case: Case[Any], response: Response) -> bool:
    operation = case.operation.definition.raw["operationId"]
    told = msgspec.json.decode(response.content, type=dict[str, Any])
    error = told.get("error")
    if isinstance(error, dict) and error.get("param") in PARAMS:  # OpenAI's shape
        return True
    code = told.get("code")  # a dialect has none
    if code in RULES | RULES_OF.get(operation, set()):
        return True
    body = CALLS[operation].body
    if code not in {None, "invalid_request"} or body is None:
        return False
    try:  # what its type takes, a rule across its fields has refused
        msgspec.convert(case.body, body.type)
    except msgspec.ValidationError:
        return False
    return True
