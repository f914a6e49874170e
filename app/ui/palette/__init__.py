"""The command palette: everything by its name; imported when it is opened."""
