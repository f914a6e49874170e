"""One module for each architecture: hyperparameters, name table, metadata."""
