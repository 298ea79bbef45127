"""`python -m worldlore` is `worldlore`."""

from worldlore.cli import main

if __name__ == "__main__":
    main()
