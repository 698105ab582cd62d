"""One question after the other."""

from app.timeline.turn import Turn


def test_of_newer_questions_one_waits_for_the_answer() -> None:
    turn = Turn()
    assert turn.take()
    assert not turn.answered()  # nothing newer
    assert turn.take()
    assert not turn.take()
    assert not turn.take()
    assert turn.answered()
    assert turn.take()  # the newest
    assert not turn.answered()


def test_what_gets_no_answer_is_forgotten() -> None:
    turn = Turn()
    turn.take()
    turn.take()
    turn.forget()
    assert not turn.answered()
    assert turn.take()
