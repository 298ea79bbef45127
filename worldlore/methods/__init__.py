"""Methods by name: each turns practice into a lesson."""
