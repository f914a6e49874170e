"""The conversation: transcript, messages and composer."""
