"""How long one waits for a free place: the Erlang C formula.

Calls arrive at random (Poisson), take `seconds` on average (exponentially), and find `places`. Real calls vary less,
so real waits are shorter. Source: A. K. Erlang, 1917; for the recursion, any text on queues (M/M/c).
"""

import math


def waiting_share(places: int, load: float) -> float:
    """The share of arrivals that find no free place; `load` is how many places would be busy on average.

    Below 1 only where `load` is below `places`: else nearly all wait, and ever longer.
    """
    if load >= places:
        return 1.0
    blocked = 1.0  # Erlang B, place by place, which stays in range where factorials do not
    for place in range(1, places + 1):
        blocked = load * blocked / (place + load * blocked)
    return blocked / (1 - (load / places) * (1 - blocked))


def wait_percentile(share: float, places: int, load: float, seconds: float) -> float:
    """The seconds within which `share` of the arrivals find a place; infinite where the queue only grows."""
    if load >= places:
        return math.inf
    waiting = waiting_share(places, load)
    if waiting <= 1 - share:
        return 0.0
    return math.log(waiting / (1 - share)) * seconds / (places - load)


def places_for(load: float) -> int:
    """So many places that few wait: the load and twice its square root, which is how far it swings."""
    return max(1, math.ceil(load + 2 * math.sqrt(load)))


def busy_instances(load: float, places: float) -> float:
    """How many instances of so many places are at work on average, when `load` places are busy at random.

    Where there is little to do it is the share of time in which there is something; else the load, packed.
    """
    idle = math.exp(-load)
    return max(1 - idle, load / places)
