"""Chats as files: ours, those for people and for training, and other programs'.

Text and bytes in, values out, and back; only `bundle` opens files. Nothing here knows
the archive. What comes from strangers is measured first, and what cannot be read is
counted and passed over.

`limits` has the bounds and `findings` what reading comes to; `moss_json` writes and
reads everything there is of a chat; `markdown`, `html`, `plain_text` over `labels`,
`training` and `preferences` write the rest. `chatgpt`, `claude`, `gpt4all` over
`qt_stream`, `jan`, `lm_studio` and `open_webui` read other programs' files over
`fields` and `foreign`; `reading` finds out which it is, and `renaming` gives ids that
are taken new ones.
"""
