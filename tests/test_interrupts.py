"""Ctrl-C and SIGTERM while something runs that must not stop halfway."""

import signal

import pytest

from lerobot_env_leisaac.interrupts import cause, exit_status, postponed, sigterm_interrupts


@pytest.mark.parametrize(
    ("number", "name", "status"), [(signal.SIGINT, "Ctrl-C", 130), (signal.SIGTERM, "SIGTERM", 143)]
)
def test_a_step_that_must_not_stop_halfway_is_finished_and_then_stopped(number, name, status):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    finished = []
    with pytest.raises(KeyboardInterrupt) as interrupt, sigterm_interrupts():
        with postponed():
            signal.raise_signal(number)
            signal.raise_signal(number)  # people press it twice
            finished.append("the step")
        finished.append("what comes after it")
    assert finished == ["the step"]
    assert (cause(interrupt.value), exit_status(interrupt.value)) == (name, status)


def test_sigterm_is_called_so_where_an_extension_makes_an_interrupt_of_its_own_of_it():
    with sigterm_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert (cause(KeyboardInterrupt()), exit_status(KeyboardInterrupt())) == ("SIGTERM", 143)
    with sigterm_interrupts():
        assert (cause(KeyboardInterrupt()), exit_status(KeyboardInterrupt())) == ("Ctrl-C", 130)


def test_an_error_in_the_step_is_not_hidden_and_the_next_signal_is_heard():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(OSError, match="the disk is full"), postponed():
        raise OSError("the disk is full")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
