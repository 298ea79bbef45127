"""Theories of a world in a report: what was believed, how it was come by, and what it foretold.

search.py      a learning seed's search, as the log and the lesson tell it
sentences.py   theories rule by rule, beside the true one       curves.py      figures along the collections
genealogy.py   who was proposed from whom                       foretold.py    ranks, likelihoods and calibration
sought.py      what was gone for, and what rewarded it          told.py        the same in the terminal
section.py     the section of the page
"""

from worldlore.reports.theories.section import Section, section
from worldlore.reports.theories.told import theories_text

__all__ = ["Section", "section", "theories_text"]
