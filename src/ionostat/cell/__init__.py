"""A cell: its description, the file it is read from, and the equations that the balance laws make of it."""
