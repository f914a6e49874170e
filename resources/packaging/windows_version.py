"""What Windows shows of a program in its properties. Importable on Windows only."""

from typing import Any

from PyInstaller.utils.win32 import versioninfo

_ENGLISH = "040904B0"


def resource(version: str, name: str) -> Any:  # noqa: ANN401 -- PyInstaller has no types
    """The resource for `EXE`.

    Args:
        version: Of the program, such as 1.2.3.
        name: Of the executable, without `.exe`.
    """
    numbers = tuple(int(part) for part in version.split(".")[:3])
    padded = (*numbers, *(0,) * (4 - len(numbers)))
    strings = {
        "FileDescription": "MOSS Desktop",
        "FileVersion": version,
        "InternalName": name,
        "LegalCopyright": "The MOSS Desktop authors. Apache License 2.0",
        "OriginalFilename": f"{name}.exe",
        "ProductName": "MOSS Desktop",
        "ProductVersion": version,
    }
    table = versioninfo.StringTable(
        _ENGLISH, [versioninfo.StringStruct(key, text) for key, text in strings.items()]
    )
    languages = versioninfo.VarStruct("Translation", [0x0409, 0x04B0])
    return versioninfo.VSVersionInfo(
        ffi=versioninfo.FixedFileInfo(filevers=padded, prodvers=padded),
        kids=[
            versioninfo.StringFileInfo([table]),
            versioninfo.VarFileInfo([languages]),
        ],
    )
