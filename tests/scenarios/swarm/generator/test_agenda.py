"""The agenda and its alarm: in order, at the instant, never before."""

import asyncio
import time

import uvloop

from scenarios.swarm.generator.agenda import AT_ONCE, Agenda
from scenarios.swarm.generator.alarm import TimerAlarm
from scenarios.swarm.generator.clock import MonotonicClock


class Clock:
    at_ns = 0

    def now_ns(self):
        return self.at_ns


class Alarm:
    rings_ns = None
    set = 0

    def ring_at(self, instant_ns):
        self.rings_ns, self.set = instant_ns, self.set + 1


def test_deeds_are_done_by_instant_then_in_the_order_in_which_they_were_entered():
    clock, done = Clock(), []
    agenda = Agenda(clock, Alarm())
    for name, instant_ns in (("c", 30), ("a", 10), ("b", 20), ("b2", 20), ("late", 31)):
        agenda.at(instant_ns, lambda name=name: done.append(name))
    clock.at_ns = 30
    agenda.work()
    assert done == ["a", "b", "b2", "c"]
    assert agenda.next_ns == 31
    assert len(agenda) == 1


def test_the_alarm_is_set_to_the_first_deed_once_whatever_a_deed_enters():
    clock, alarm = Clock(), Alarm()
    agenda = Agenda(clock, alarm)
    agenda.at(50, lambda: [agenda.at(instant_ns, lambda: None) for instant_ns in (90, 80, 70)])
    agenda.at(60, lambda: None)
    assert (alarm.rings_ns, alarm.set) == (50, 1)
    agenda.at(40, lambda: None)
    assert alarm.rings_ns == 40
    clock.at_ns, alarm.set = 50, 0
    agenda.work()
    assert (alarm.rings_ns, alarm.set) == (60, 1)
    agenda.clear()
    assert alarm.rings_ns is None


def test_many_deeds_of_one_instant_leave_room_for_answers_and_lateness_is_known():
    clock, alarm, done = Clock(), Alarm(), []
    agenda = Agenda(clock, alarm)
    for number in range(AT_ONCE + 3):
        agenda.at(100, lambda number=number: done.append(number))
    clock.at_ns = 107
    agenda.work()
    assert done == list(range(AT_ONCE))
    assert alarm.rings_ns == 100  # that is, at once
    agenda.work()
    assert len(done) == AT_ONCE + 3
    assert agenda.late_ns == 7


def test_a_deed_that_fails_does_not_stop_the_others():
    clock, alarm, done = Clock(), Alarm(), []
    agenda = Agenda(clock, alarm)
    agenda.at(1, lambda: 1 / 0)
    agenda.at(1, lambda: done.append("next"))
    clock.at_ns = 1
    try:
        agenda.work()
    except ZeroDivisionError:
        done.append("raised")
    assert alarm.rings_ns == 1
    agenda.work()
    assert done == ["raised", "next"]


def test_the_timer_rings_at_its_instant_and_never_before_and_can_be_set_again():
    async def ring():
        loop, rung = asyncio.get_running_loop(), asyncio.Event()
        origin_ns = time.perf_counter_ns()
        clock, instants, done = MonotonicClock(origin_ns), [], []
        alarm = TimerAlarm(loop, origin_ns)
        agenda = Agenda(clock, alarm)
        alarm.wake(agenda.work)

        def deed(instant_ns):
            done.append((instant_ns, clock.now_ns()))
            if len(done) == len(instants):
                rung.set()

        for ms in (30, 10, 20, 10, 0):
            instants.append(ms * 1_000_000)
            agenda.at(instants[-1], lambda at=instants[-1]: deed(at))
        await asyncio.wait_for(rung.wait(), 10)
        return instants, done

    instants, done = uvloop.run(ring())
    assert [instant_ns for instant_ns, _ in done] == sorted(instants)
    assert all(now_ns >= instant_ns for instant_ns, now_ns in done)
