"""The settings: a page made of their declarations; imported when it is opened."""
