"""The command line: each command reads what was typed, calls one public function and shows the result."""
