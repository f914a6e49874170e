"""Language models behind the seam of `app.engine.backend`."""
