"""What a user meets in the terminal."""


def refused(say, *arguments, status: int = 2) -> str:
    """The one sentence of a refusal, which has no traceback."""
    ended, text = say(*arguments)
    assert ended == status, text
    assert "Traceback" not in text
    assert text.startswith("worldlore: ")
    assert len(text.strip().splitlines()) == 1
    return text
