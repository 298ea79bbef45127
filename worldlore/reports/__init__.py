"""Stored runs in; tables, figures and one self-contained HTML page out."""
