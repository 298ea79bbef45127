"""Models by name."""

from worldlore.config import Family
from worldlore.models.base import Model

MODELS = Family(
    "model",
    {
        "scripted": "worldlore.models.scripted:Scripted",
        "endpoint": "worldlore.models.endpoint:Endpoint",
        "local": "worldlore.models.local:Local",
        "vllm": "worldlore.models.vllm:Vllm",
        "embedded": "worldlore.models.embedded:Embedded",
    },
    {"vllm": "vllm"},
    base="worldlore.models.base:Model",
)

__all__ = ["MODELS", "Model"]
