"""Language models run by llama.cpp; the only package that imports llama_cpp.

It calls llama.cpp's C functions through their ctypes declarations and uses nothing of
llama-cpp-python's own classes, which re-read the whole reply for each token.

* `native` -- logs, devices, and what the C API is called with
* `vocabulary` -- text to tokens and back, control tokens, padding
* `sampler` -- how the next token is chosen
* `batch` -- what is evaluated, as llama.cpp wants it
* `cache` -- the sequences of tokens that have been evaluated, to the last one
* `model` -- a loaded model and its context
* `saved` -- what a state on disk depends on
* `reading` -- how a prompt comes into the cache
* `candidate` and `generation` -- how one or several continuations are written
* `backend` -- the seam of `app.engine.backend`, made of these
"""
