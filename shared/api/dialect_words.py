"""The dialects that have words of their own for what is refused.

Only the functions that speak dialects import this: it reaches all that those need.
"""

from shared.api.refusals import Said, Words


def _iga() -> Said:
    from shared.api.dialects.iga import said

    return said


def _studio() -> Said:
    from shared.api.dialects.studio import said

    return said


def _openai() -> Said:
    from shared.api.dialects.openai import said

    return said


WORDS: Words = {"iga": _iga, "studio": _studio, "openai": _openai}
