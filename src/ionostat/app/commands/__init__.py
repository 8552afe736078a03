"""One file per command, imported when the command is called."""
