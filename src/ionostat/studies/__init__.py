"""The verbs: what one does with a cell, one file each, and the results they return."""
