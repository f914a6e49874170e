"""Language models run by llama.cpp; the only package that imports llama_cpp.

It calls llama.cpp's C functions through their ctypes declarations and uses nothing of
llama-cpp-python's own classes, which re-read the whole reply for each token.

* `native` -- logs, devices, and what the C API is called with
* `vocabulary` -- text to tokens and back, control tokens, padding
* `sampler` -- how the next token is chosen
* `model` -- a loaded model and its context: load, evaluate, keep a prefix
* `backend` -- the seam of `app.engine.backend`, made of these
"""
