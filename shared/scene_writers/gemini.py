"""Scenes by Gemini: JSON that follows a schema, checked here; what does not follow it is sent back once, to be mended.

Source of the fields: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/control-generated-output
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from google.genai import types
from msgspec import Meta

from shared.domain.errors import ProviderError
from shared.domain.storyboard import MAX_SCENE, Scene
from shared.ports import Checkpoint, Clock
from shared.ports.scene_writer import Ask, Written
from shared.providers.gates import Gates
from shared.providers.gemini.answers import Said, text_in
from shared.providers.gemini.door import Door
from shared.providers.gemini.errors import VENDOR_ERRORS, ours
from shared.providers.retrying import Run, call

LONGEST_CALL = 60.0  # seconds
SHOWN = 300  # characters of what is wrong
Line = Annotated[str, Meta(min_length=1, max_length=MAX_SCENE, pattern=r"\S")]


class _Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    description: Line
    negative_description: Annotated[str, Meta(max_length=MAX_SCENE)]


class _Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scenes: tuple[_Described, ...]


class _Wrong(NamedTuple):
    text: str  # what the model wrote
    why: str


class GeminiWriter:
    """Scenes by one of Gemini's models."""

    def __init__(self, door: Door, location: str, clock: Clock, gates: Gates) -> None:
        self._door = door
        self._location = location
        self._clock = clock
        self._gates = gates

    async def close(self) -> None:
        """Close its connections."""
        await self._door.close()

    async def write(self, ask: Ask, deadline: datetime, checkpoint: Checkpoint) -> Written:
        """See SceneWriter.write."""
        run = Run(self._gates("gemini", ask.model), self._clock, deadline, checkpoint)
        turns = [types.Content(role="user", parts=[types.Part.from_text(text=ask.instruction)])]
        said = await call(run, lambda: self._say(ask, turns, deadline), ask.estimate)
        found = _read(said.text, ask.count)
        if isinstance(found, _Wrong):
            await checkpoint.paying_again(_malformed(found, _cost(ask, said)), ask.estimate)
            again = (
                f"That cannot be used: {found.why}. Answer again, with the JSON of {ask.count} scenes alone, as the "
                "schema has it."
            )
            turns += [
                types.Content(role="model", parts=[types.Part.from_text(text=found.text or "…")]),
                types.Content(role="user", parts=[types.Part.from_text(text=again)]),
            ]
            said = await call(run, lambda: self._say(ask, turns, deadline), ask.estimate)
            found = _read(said.text, ask.count)
        if isinstance(found, _Wrong):
            raise _malformed(found, _cost(ask, said))
        return Written(scenes=found, cost_micros=_cost(ask, said))

    async def _say(self, ask: Ask, turns: list[types.Content], deadline: datetime) -> Said:
        seconds = max(min((deadline - self._clock.now()).total_seconds(), LONGEST_CALL), 0.001)
        config = types.GenerateContentConfig(
            response_mime_type="application/json",
            response_json_schema=schema(ask.count),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
            should_return_http_response=True,
            http_options=types.HttpOptions(timeout=max(int(seconds * 1000), 1)),  # ms; 0 would be none
        )
        client = self._door.client(ask.location or self._location)
        try:
            async with asyncio.timeout(seconds):
                answer = await client.aio.models.generate_content(model=ask.model, contents=turns, config=config)
        except VENDOR_ERRORS as exc:
            raise ours(exc, self._clock.now()) from exc
        return text_in(answer.sdk_http_response.body or "", ask.job_id)


def schema(count: int) -> dict[str, Any]:
    """The JSON Schema of so many scenes."""
    line = {"type": "string", "maxLength": MAX_SCENE}
    scene = {
        "type": "object",
        "properties": {"description": {**line, "minLength": 1}, "negative_description": line},
        "required": ["description", "negative_description"],
    }
    scenes = {"type": "array", "items": scene, "minItems": count, "maxItems": count}
    return {"type": "object", "properties": {"scenes": scenes}, "required": ["scenes"]}


def _read(text: str, count: int) -> tuple[Scene, ...] | _Wrong:
    try:
        script = msgspec.json.decode(text, type=_Script)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as exc:
        return _Wrong(text, str(exc)[:SHOWN])
    if len(script.scenes) != count:
        return _Wrong(text, f"there are {len(script.scenes)} scenes, and {count} were asked for")
    return tuple(
        Scene(prompt=found.description, negative_prompt=found.negative_description.strip() or None)
        for found in script.scenes
    )


def _cost(ask: Ask, said: Said) -> int | None:
    if ask.price is None or said.prompt_tokens is None or said.answer_tokens is None:
        return None
    return ask.price.of(said.prompt_tokens, said.answer_tokens)


def _malformed(wrong: _Wrong, cost: int | None) -> ProviderError:
    text = f"The model wrote no scenes that can be used: {wrong.why}"
    billed = "yes" if cost is not None else "unknown"
    return ProviderError("UNKNOWN", "scenes_malformed", text, billed=billed, cost_micros=cost)
