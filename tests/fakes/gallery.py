"""Pictures for widgets, without files."""

from dataclasses import dataclass, field

from PySide6.QtGui import QColor, QImage


@dataclass
class FakeGallery:
    """Fulfils `Gallery`; has every picture but "lost".

    Attributes:
        width: In pixels.
        height: In pixels.
        asked: What was wanted, in turn.
    """

    width: int = 400
    height: int = 300
    asked: list = field(default_factory=list)

    def image(self, name: str) -> QImage:
        self.asked.append(("image", name))
        if name == "lost":
            return QImage()
        image = QImage(self.width, self.height, QImage.Format.Format_RGB32)
        image.fill(QColor("teal"))
        return image

    def enlarge(self, name: str, description: str) -> None:
        self.asked.append(("enlarge", name, description))

    def save(self, name: str, description: str) -> None:
        self.asked.append(("save", name, description))

    def copy(self, name: str) -> None:
        self.asked.append(("copy", name))

    def open_folder(self, name: str) -> None:
        self.asked.append(("folder", name))
