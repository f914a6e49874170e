"""Text2Image: a picture of what MOSS describes, from a server or from this computer.

All of it runs in the pictures' own tool process. `address`, `wire` and `automatic1111`
are the way to a server that the user runs; `stable_diffusion` and `model_file` the one
to stable-diffusion.cpp in this very process, which brings a ggml of its own and is
therefore never loaded where llama.cpp is. Whatever comes from either goes through
`image_file` before anybody shows it.
"""
