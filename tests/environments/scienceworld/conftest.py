"""Environments without Java, for all tests here."""

from tests.environments.scienceworld.standin import machine

__all__ = ["machine"]
