"""Lifetimes to offsets: nothing that lives at the same time may overlap."""

from hypothesis import given
from hypothesis import strategies as st

from kerasnp.engine.memory import Request, lay_out
from kerasnp.variables import ALIGNMENT

requests = st.lists(
    st.builds(
        lambda nbytes, first, length: Request(nbytes, first, first + length),
        st.integers(0, 5000),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=40,
)


@given(requests)
def test_what_lives_together_does_not_overlap(wanted):
    offsets, total = lay_out(wanted)
    for i, (one, start) in enumerate(zip(wanted, offsets, strict=True)):
        assert start % ALIGNMENT == 0
        assert start + one.nbytes <= total
        for other, place in zip(wanted[:i], offsets[:i], strict=True):
            together = one.first <= other.last and other.first <= one.last
            if together and one.nbytes and other.nbytes:
                assert start + one.nbytes <= place or place + other.nbytes <= start


def test_memory_is_used_again():
    chain = [Request(1000, tick, tick + 1) for tick in range(100)]
    _, total = lay_out(chain)
    assert total == 2 * 1024


def test_neighbouring_gaps_are_merged():
    small = [Request(64, 0, 0) for _ in range(8)]
    offsets, total = lay_out([*small, Request(8 * 64, 1, 1)])
    assert total == 8 * 64
    assert offsets[-1] == 0


def test_the_last_gap_grows_into_the_top():
    offsets, total = lay_out([Request(64, 0, 2), Request(64, 0, 0), Request(128, 1, 1)])
    assert total == 64 + 128
    assert offsets[2] == 64


def test_the_arena_of_a_training_step_is_as_small_as_can_be():
    count, wanted = 30, []
    for i in range(count):
        backward = 2 * count - i
        size = 1000 * (1 + i % 7)
        wanted.append(Request(size, i, backward))  # what forward keeps for backward
        wanted.append(Request(size, backward, backward + 1))  # its gradient
        wanted.append(Request(500 * (i % 3), i, i))  # scratch of forward
        wanted.append(Request(5000, backward, backward))  # and of backward
    _, total = lay_out(wanted)
    padded = [(-(-request.nbytes // ALIGNMENT) * ALIGNMENT, request) for request in wanted]
    alive = [sum(size for size, request in padded if request.first <= tick <= request.last) for tick in range(61)]
    assert total == max(alive)
