"""The arguments of `moss download`."""

import argparse
from pathlib import Path
from typing import Final

from app.catalogue.entries import CHINA_MIRROR, Site

TOKEN: Final = "MOSS_HUB_TOKEN"  # noqa: S105 -- the name of a variable
"""Holds an access token for one download."""
_UNITS: Final = {"k": 10**3, "m": 10**6, "g": 10**9}


def _rate(text: str) -> int:
    """Bytes a second, as in 500k or 2.5M."""
    unit = _UNITS.get(text[-1:].lower(), 1)
    number = float(text[:-1] if unit > 1 else text)
    if number < 0:
        raise ValueError
    return int(number * unit)


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


def parser() -> argparse.ArgumentParser:
    """What `moss download` understands."""
    made = argparse.ArgumentParser(
        prog="moss download",
        description="Downloads a model. Says first what it is and how large; after a "
        "stop, a kill or a power cut the same command goes on. Without a name it lists "
        "the models that are known.",
        epilog=f"{TOKEN} holds an access token for one download.",
    )
    made.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a model of the list, OWNER/NAME of any repository, OWNER/NAME:Q4_K_M of "
        "one with several GGUF files, or its address",
    )
    made.add_argument(
        "--convert",
        metavar="OUT.gguf",
        type=_absolute,
        help="convert a checkpoint while it arrives; files that are used up go at once",
    )
    made.add_argument(
        "--type", default="", help="with --convert: see moss-convert --help"
    )
    made.add_argument(
        "--keep-source", action="store_true", help="with --convert: delete nothing"
    )
    made.add_argument("--list", action="store_true", help="say it and fetch nothing")
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--site",
        choices=[*Site],
        default=Site.HUGGING_FACE,
        help="which site is asked first (default: hugging_face)",
    )
    mirrors = made.add_mutually_exclusive_group()
    mirrors.add_argument(
        "--mirror",
        metavar="URL",
        help="a mirror of Hugging Face (default: HF_ENDPOINT, or the site itself)",
    )
    mirrors.add_argument(
        "--china", action="store_true", help=f"the same as --mirror {CHINA_MIRROR}"
    )
    made.add_argument(
        "--limit",
        metavar="RATE",
        type=_rate,
        default=0,
        help="bytes a second at most, as in 500k or 2.5M",
    )
    made.add_argument(
        "--connections", type=int, default=2, help="files at once (default: 2)"
    )
    made.add_argument(
        "--folder",
        metavar="DIR",
        type=_absolute,
        help="where a folder for it is made (default: among your models)",
    )
    made.add_argument(
        "--token",
        action="store_true",
        help="ask for an access token, and keep it in the system's keyring",
    )
    return made
