"""The tool Text2Image: from MOSS's words to a file in the folder of pictures."""

import threading
from pathlib import Path
from typing import Final

from typing_extensions import override

from app.domain.pictures import PictureSettings, PictureSource
from app.domain.tools import Tool, ToolFailure
from app.plugins.api import Result, Run, Setup, ToolError, ToolRunner
from app.plugins.pictures import readiness
from app.plugins.pictures.address import ServerAddress
from app.plugins.pictures.automatic1111 import Automatic1111
from app.plugins.pictures.image_file import checked
from app.plugins.pictures.keeping import keep
from app.plugins.pictures.order import Order, Painter, plain_description
from app.plugins.pictures.stable_diffusion import StableDiffusion

SECONDS: Final = 1800.0
"""How long a picture may take: on two cores a step takes half a minute."""


class TextToImage(ToolRunner):
    """Answers `Text2Image`.

    Args:
        setup: `values` are a `PictureSettings`.
    """

    def __init__(self, setup: Setup) -> None:
        self._settings = readiness.settings(setup.values).bounded()
        self._folder = setup.pictures
        self._painter: Painter | None = None
        self._guard = threading.Lock()

    @property
    @override
    def tool(self) -> Tool:
        return Tool.TEXT_TO_IMAGE

    @override
    def prepare(self) -> None:
        # What is wrong is said when a picture is wanted, and only then.
        try:
            self._prepared()
        except ToolError:
            return

    @override
    def run(self, argument: str, run: Run) -> Result:
        description = plain_description(argument)
        if not description:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        settings = self._settings
        order = Order(
            description,
            settings.width,
            settings.height,
            steps=settings.steps,
            guidance=settings.guidance,
            seed=settings.seed,
        )
        run.progress(0.0)
        picture = checked(self._prepared().draw(order, run))
        return Result(picture=keep(picture, self._folder))

    def _prepared(self) -> Painter:
        """Whoever draws, ready to.

        Raises:
            ToolError: The settings name nobody who can.
        """
        with self._guard:
            if self._painter is None:
                painter = _painter(self._settings)
                painter.prepare()
                self._painter = painter
            return self._painter


def _painter(settings: PictureSettings) -> Painter:
    match settings.source:
        case PictureSource.SERVER:
            server = ServerAddress.parse(settings.server)
            return Automatic1111(server, seconds=SECONDS)
        case PictureSource.FILE:
            return StableDiffusion(Path(settings.model))
        case PictureSource.NONE:
            raise ToolError(ToolFailure.MISSING)
