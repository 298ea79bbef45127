"""What a server refused, in words a user can act on, and never with the key in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import openai

from worldlore.errors import ContextOverflow, ModelError

_CONTEXT = re.compile(
    r"context.?(length|size|window)|maximum context|prompt is too long|too many tokens", re.IGNORECASE
)


@dataclass(frozen=True)
class Words:
    """Finds them for one server."""

    base_url: str
    """Where it is."""
    model: str
    """What it was asked for."""
    timeout: float
    """Seconds it was given."""
    key_env: str | None
    """The environment variable that holds the key, if any."""
    key: str
    """The key itself."""

    def explain(self, error: Exception) -> str:
        """One sentence: what the server did, and the remedy."""
        says = self._quote(error)
        match error:
            case openai.APITimeoutError():
                what = f"gave no answer within {self.timeout:g} s; see what keeps it busy or raise timeout"
            case openai.APIConnectionError():
                what = f"does not answer ({says}); start the server or correct base_url"
            case openai.AuthenticationError():  # servers quote a part of the key here
                what = f"refused the key; {self._key_remedy()}"
            case openai.PermissionDeniedError():
                what = f"refused access ({says}); {self._key_remedy()}"
            case openai.NotFoundError():
                what = f"finds no model {self.model!r} ({says}); correct model, or base_url (it mostly ends in /v1)"
            case openai.RateLimitError():
                what = f"wants fewer requests ({says}); lower concurrency, raise retries or look at your quota"
            case openai.APIStatusError():
                what = f"answered {error.status_code}: {says}"
            case _:
                what = f"answered with something other than an OpenAI reply ({says}); base_url mostly ends in /v1"
        return f"{self.base_url} {what}"

    def failure(self, error: Exception, tries: int) -> ModelError:
        """What becomes of a request that was tried so often."""
        says = self.explain(error)
        if isinstance(error, openai.BadRequestError) and _CONTEXT.search(f"{error.code} {says}"):
            return ContextOverflow(says)
        return ModelError(says if tries == 1 else f"{says} (tried {tries} times)")

    def _key_remedy(self) -> str:
        if self.key:
            return f"put a valid key into the environment variable {self.key_env}"
        if self.key_env:
            return f"the environment variable {self.key_env} is empty: export your key there"
        return 'export your key and name its environment variable: key_env = "..."'

    def _quote(self, error: Exception) -> str:
        """What the server or the system says about an error, in one line and without the key."""
        body = error.body if isinstance(error, openai.APIError) else None
        if isinstance(body, dict):
            body = body.get("message") or body.get("detail") or body.get("error") or body
        if isinstance(error, openai.APIConnectionError):
            body = error.__cause__ or error
        text = " ".join(str(body or error).split())
        return (text.replace(self.key, "...") if self.key else text)[:300]
