"""Where agents meet environments and models: the one loop, trees, practice."""
