"""A bulk job at work: each worker plays the body, pauses, and begins again."""

from models.engines.activity import Play
from models.engines.course import Course
from models.engines.moments import JOBS, TIMER, IntegerTime, Moment
from models.engines.operations import BoundBody, Draws, play_body
from models.network import Job, Outcome

_WORKERS = 20


def working(env: IntegerTime, draws: Draws, job: Job, body: BoundBody, number: int, worker: int) -> Play:
    """Play one worker of the network's `number`-th job; what goes wrong in a round changes nothing.

    A pause lasts 1 ns at least, so that a round that is refused at once does not stop time.
    """
    session = JOBS + (number << _WORKERS) + worker
    pause = draws.key(f"job/{job.name}/pause")
    done, wait_ns = 0, job.from_ns
    while job.rounds is None or done < job.rounds:
        course = Course(session, worker, 1, done)
        yield Moment(env, TIMER + course.at(0), wait_ns)
        if env.now >= job.to_ns:
            break
        yield from play_body(body, course)
        wait_ns = max(1, job.pause.sample_ns(pause, session, done)) if job.pause else 1
        done += 1
    return Outcome.OK
