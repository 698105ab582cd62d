"""The .app for macOS and the .dmg around it; signed and notarized where identities are given."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from contents import ROOT, version

IDENTIFIER = "io.github.downhill"
ENTITLEMENTS = str(ROOT / "packaging" / "macos" / "entitlements.plist")
# The identity to sign with, and for notarization the Apple account, its app password and team.
IDENTITY = "MACOS_IDENTITY"
ACCOUNT = {"--apple-id": "MACOS_ACCOUNT", "--password": "MACOS_PASSWORD", "--team-id": "MACOS_TEAM"}


def identity() -> str | None:
    """Return the identity to sign with, if one is given."""
    return os.environ.get(IDENTITY) or None


def information() -> dict[str, Any]:
    """Return what Info.plist says beyond what PyInstaller writes by itself: the version, and whose files these are."""
    kind = f"{IDENTIFIER}.document"
    return {
        "CFBundleDisplayName": "Downhill",
        "CFBundleShortVersionString": version(),
        "CFBundleVersion": version(),
        "LSApplicationCategoryType": "public.app-category.education",
        "LSMinimumSystemVersion": "13.0",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "MIT licence",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Downhill experiment",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [kind],
            }
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": kind,
                "UTTypeDescription": "Downhill experiment",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["downhill"],
                    "public.mime-type": ["application/x-downhill"],
                },
            }
        ],
    }


def build(app: Path, target: Path) -> Path:
    """Make the .dmg from the .app and return its path; PyInstaller has signed what is inside."""
    image = target / f"Downhill-{version()}-macos-arm64.dmg"
    folder = app.parent / "image"
    folder.mkdir(exist_ok=True)
    subprocess.run(["ditto", str(app), str(folder / app.name)], check=True)
    (folder / "Applications").symlink_to("/Applications")
    form = ["-volname", "Downhill", "-fs", "HFS+", "-format", "ULMO", "-ov"]
    subprocess.run(["hdiutil", "create", "-srcfolder", str(folder), *form, str(image)], check=True)
    for command in signing(image):
        subprocess.run(command, check=True)
    return image


def signing(image: Path) -> list[list[str]]:
    """Return the commands that sign and notarize the image, as far as identities are given."""
    if identity() is None:
        return []
    commands = [["codesign", "--sign", os.environ[IDENTITY], "--timestamp", str(image)]]
    if all(os.environ.get(name) for name in ACCOUNT.values()):
        account = [word for option, name in ACCOUNT.items() for word in (option, os.environ[name])]
        commands.append(["xcrun", "notarytool", "submit", str(image), "--wait", *account])
        commands.append(["xcrun", "stapler", "staple", str(image)])
    return commands
