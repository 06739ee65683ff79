"""Tests the dice without a network."""

import dice
from twisted.internet.testing import StringTransport


def talk(*pieces: bytes) -> bytes:
    """Returns what a client reads after it has sent these pieces."""
    protocol, transport = dice.Dice(), StringTransport()
    protocol.makeConnection(transport)
    for piece in pieces:
        protocol.dataReceived(piece)
    read: bytes = transport.value()
    return read


def test_rolls_as_many_dice_as_a_client_says() -> None:
    [line] = talk(b"3\n").splitlines()
    rolled = [int(number) for number in line.split()]
    assert len(rolled) == 3
    assert {1, 2, 3, 4, 5, 6}.issuperset(rolled)


def test_waits_for_the_end_of_a_line() -> None:
    assert talk(b"3") == b""
    assert talk(b"3", b"\r\n").count(b"\n") == 1


def test_says_what_would_have_been_right() -> None:
    for nonsense in [b"0", b"6", b"two", b"", b"\xff"]:
        assert talk(nonsense + b"\n") == b"Say how many dice: 1 to 5.\n"
