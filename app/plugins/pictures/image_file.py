"""PNG and JPEG files from strangers: read to the last byte before they are kept.

What is returned holds only what a picture needs: texts, profiles, thumbnails and
whatever lies behind the end are left out.
"""

from dataclasses import dataclass
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.pictures import jpeg, png
from app.plugins.pictures.unfit import UnfitError

_READERS: Final = (
    (png.MAGIC, png.cleaned, ".png"),
    (jpeg.MAGIC, jpeg.cleaned, ".jpg"),
)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture that was checked.

    Attributes:
        data: The file.
        suffix: ".png" or ".jpg".
        width: In pixels.
        height: In pixels.
    """

    data: bytes
    suffix: str
    width: int
    height: int


def checked(data: bytes) -> ImageFile:
    """The picture in a file.

    Raises:
        ToolError: `BAD_PICTURE`: it is neither, too large, or damaged.
    """
    for magic, cleaned, suffix in _READERS:
        if data.startswith(magic):
            try:
                kept, width, height = cleaned(data)
            except UnfitError as error:
                raise ToolError(ToolFailure.BAD_PICTURE, str(error)) from error
            return ImageFile(kept, suffix, width, height)
    raise ToolError(ToolFailure.BAD_PICTURE, "PNG? JPEG?")
