"""`python -m ionostat` is the command line."""

from ionostat.app.cli import main

if __name__ == "__main__":
    main()
