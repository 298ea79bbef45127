from worldlore.experience import Message
from worldlore.training import Contrast, Turn
from worldlore.training.data import Line, examples


class Letters:
    """Each letter is a token; a reply ends with 0."""

    def prompt(self, messages):
        return [ord(c) for m in messages for c in m.content]

    def reply(self, text):
        return [*map(ord, text), 0]


ASKED = (Message("user", "ab"),)
LATER = (*ASKED, Message("assistant", "c"), Message("user", "d"))


def made(units, max_length=100):
    return list(examples(units, Letters(), max_length))


def test_only_the_reply_and_its_end_carry_a_loss():
    (example,) = made([Turn(ASKED, "c")])
    assert example.chosen == (Line((97, 98, 99, 0), 2),)
    assert example.rejected == ()
    assert example.tokens == (2, 0)


def test_a_contrast_has_two_sides_of_one_turn_or_more():
    (step,) = made([Contrast.of(ASKED, "c", "xy")])
    assert [line.tokens for line in step.lines] == [(97, 98, 99, 0), (97, 98, 120, 121, 0)]
    whole = Contrast((Turn(ASKED, "c"), Turn(LATER, "e")), (Turn(ASKED, "x"),))
    assert [len(side) for e in made([whole]) for side in (e.chosen, e.rejected)] == [2, 1]


def test_units_of_one_task_belong_to_one_tree_unless_told_otherwise():
    one, two, own, other = made(
        [Turn(ASKED, "c"), Turn(LATER, "e"), Turn(ASKED, "f", tree="t"), Turn((Message("user", "x"),), "c")]
    )
    assert one.tree == two.tree != other.tree
    assert own.tree == "t"


def test_units_that_are_too_long_or_weigh_nothing_are_left_out():
    units = [Turn(ASKED, "c"), Turn(LATER, "e"), Turn(ASKED, "f", weight=0.0)]
    assert [e.tokens[0] for e in made(units, max_length=4)] == [2]
