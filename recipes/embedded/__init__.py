"""How the weights in `worldlore/models/embedded` were made, from nothing, in one command.

corpus.py      what is read: games the expert plays
tokenizer.py   how text becomes tokens
train.py       the network and its training
measure.py     success, headroom, the curve
__main__.py    the command: `python -m recipes.embedded`; killed and started again, it goes on
"""
