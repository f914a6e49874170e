"""Contrast of two colours, as WCAG 2.1 defines it."""

from PySide6.QtGui import QColor


def luminance(colour):
    """Relative luminance, 0 to 1."""
    channels = QColor(colour).getRgbF()[:3]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, two):
    """From 1, no difference, to 21, black and white."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)
