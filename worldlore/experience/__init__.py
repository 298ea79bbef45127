"""The records everything else exchanges: frozen data, no behaviour that touches the outside world but `jsonl`."""

from worldlore.experience.action import Action, listed
from worldlore.experience.casebase import Case, CaseBase, Neighbour, verb
from worldlore.experience.cost import Cost
from worldlore.experience.jsonl import append_jsonl, dumps, loads, read_jsonl, recover, write_jsonl
from worldlore.experience.lesson import Lesson
from worldlore.experience.messages import (
    Call,
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Reply,
    Request,
    Role,
    Sampling,
    Score,
    Scores,
    Usage,
    Vectors,
)
from worldlore.experience.task import EVALUATION_SPLITS, Task, content_hash
from worldlore.experience.theory import Theory, likeliest
from worldlore.experience.trajectory import Decision, Observation, Step, Stop, Trajectory
from worldlore.experience.transition import Foretold, Prediction, Transition, transitions
from worldlore.experience.tree import ROOT, Appraisal, Leaf, Node, Tree

__all__ = [
    "EVALUATION_SPLITS",
    "ROOT",
    "Action",
    "Appraisal",
    "Call",
    "Case",
    "CaseBase",
    "Completion",
    "Cost",
    "Decision",
    "Embed",
    "Failure",
    "Foretold",
    "Generate",
    "Leaf",
    "Lesson",
    "Message",
    "Neighbour",
    "Node",
    "Observation",
    "Prediction",
    "Reply",
    "Request",
    "Role",
    "Sampling",
    "Score",
    "Scores",
    "Step",
    "Stop",
    "Task",
    "Theory",
    "Trajectory",
    "Transition",
    "Tree",
    "Usage",
    "Vectors",
    "append_jsonl",
    "content_hash",
    "dumps",
    "likeliest",
    "listed",
    "loads",
    "read_jsonl",
    "recover",
    "transitions",
    "verb",
    "write_jsonl",
]
