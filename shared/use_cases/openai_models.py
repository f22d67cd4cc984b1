"""Which of our models is meant by a name of OpenAI's."""

from typing import Literal, NamedTuple

from shared.catalog.openai import USUAL, Answers, openai_names

Task = Literal["generate", "edit", "inpaint"]


class Meant(NamedTuple):
    """What a request for images comes to."""

    model: str | None  # None: the deployment's own
    answers: Answers  # where the request does not say


def meant(name: str | None, task: Task, quality: str | None) -> Meant:
    """The model for a task; a name that is none of OpenAI's stays as it is: it may be one of ours.

    Whatever paints for their models, pictures are changed by those of ours that can.
    """
    table = openai_names()
    named = table.named(name) if name else None
    if name and not named:
        return Meant(name, "url")
    answers: Answers = named.answers if named else "url"
    if task != "generate":
        return Meant(table.edit if task == "edit" else table.inpaint, answers)
    return Meant(named.models.get(quality or USUAL, named.models[USUAL]) if named else None, answers)
