"""The installer for Windows, made by NSIS, which also runs on Linux: per user, without an administrator's rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from contents import ROOT, version

SCRIPT = ROOT / "packaging" / "windows" / "downhill.nsi"
# What signs a file, where a certificate is given: its file and password, as the release workflow passes them on.
CERTIFICATE, PASSWORD = "WINDOWS_CERTIFICATE", "WINDOWS_CERTIFICATE_PASSWORD"
TIME_SERVER = "http://timestamp.digicert.com"

_VERSION = """VSVersionInfo(
  ffi=FixedFileInfo(filevers=({numbers}), prodvers=({numbers}), OS=0x40004, fileType=0x1),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "Downhill contributors"),
      StringStruct("FileDescription", "Downhill"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "downhill"),
      StringStruct("LegalCopyright", "MIT licence"),
      StringStruct("OriginalFilename", "downhill.exe"),
      StringStruct("ProductName", "Downhill"),
      StringStruct("ProductVersion", "{version}")])]),
    VarFileInfo([VarStruct("Translation", [0x409, 1200])])
  ]
)
"""


def version_file(folder: Path) -> str:
    """Write what Windows shows of the program under Properties, Details; return the path, for PyInstaller."""
    file = folder / "version.txt"
    file.write_text(_VERSION.format(numbers=four_numbers().replace(".", ", "), version=version()), encoding="utf-8")
    return str(file)


def four_numbers() -> str:
    """Return the version as Windows wants it."""
    return ".".join([*version().split("."), "0", "0", "0"][:4])


def build(frozen: Path, icons: Path, target: Path, *options: str) -> Path:
    """Make the installer from the frozen folder and return its path; options: further ones for makensis."""
    compiler = shutil.which("makensis") or str(Path(os.environ.get("PROGRAMFILES(X86)", ""), "NSIS", "makensis.exe"))
    sign(frozen / "downhill.exe", frozen / "downhill-cli.exe")
    installer = target / f"Downhill-{version()}-windows-x64.exe"
    mark = "/" if sys.platform == "win32" else "-"
    names = {
        "VERSION": version(),
        "NUMBERS": four_numbers(),
        "FROZEN": frozen,
        "ICON": icons / "downhill.ico",
        "OUT": installer,
        "KILOBYTES": sum(file.stat().st_size for file in frozen.rglob("*") if file.is_file()) >> 10,
    }
    defined = [f"{mark}D{name}={value}" for name, value in names.items()]
    subprocess.run([compiler, f"{mark}V2", *options, *defined, str(SCRIPT)], check=True)
    sign(installer)
    return installer


def sign(*files: Path) -> None:
    """Sign files, if a certificate is given."""
    certificate = os.environ.get(CERTIFICATE)
    if not certificate:
        return
    options = ["/f", certificate, "/p", os.environ.get(PASSWORD, ""), "/fd", "sha256", "/td", "sha256"]
    subprocess.run(["signtool", "sign", *options, "/tr", TIME_SERVER, *map(str, files)], check=True)
