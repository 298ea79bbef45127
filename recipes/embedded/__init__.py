"""How the weights in `worldlore/models/embedded` were made, from nothing, one command for each.

language.py    what a model reads and how it is looked at; a folder for each: household, robotics, playground
tokenizer.py   how text becomes tokens
train.py       the network and its training
curve.py       the run as a picture
__main__.py    the command: `python -m recipes.embedded LANGUAGE`; killed and started again, it goes on
"""
