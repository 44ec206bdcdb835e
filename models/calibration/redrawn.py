"""A network whose services are drawn anew: other names of draws, and all else the same."""

from dataclasses import replace

from models.network import Block, Body, Choice, Hold, Network, Operation


def redrawn(network: Network, again: int) -> Network:
    """Return the network with other draws of its programs, a function of `again`; with 0 as it is.

    Sessions, their thinking and their courses are drawn by the walk, and stay.
    """
    if not again:
        return network
    programs = {step: _body(body, f"/again {again}") for step, body in network.programs.items()}
    return replace(network, programs=programs)


def _body(body: Body, suffix: str) -> Body:
    return tuple(_operation(operation, suffix) for operation in body)


def _operation(operation: Operation, suffix: str) -> Operation:
    named = replace(operation, purpose=operation.purpose + suffix)
    if isinstance(named, Hold):
        return replace(named, body=_body(named.body, suffix))
    if isinstance(named, Choice | Block):
        return replace(named, bodies=tuple(_body(body, suffix) for body in named.bodies))
    return named
