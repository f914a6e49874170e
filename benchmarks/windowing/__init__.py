"""Measures the window: its start, streaming, long chats, searches, memory."""
