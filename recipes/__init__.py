"""How what ships with Worldlore was made."""
