"""The installers' parts that decide, and what NSIS, plistlib and the shell make of what is written for them."""

import gzip
import hashlib
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import freeze
import icon
import linux
import macos
import pytest
import windows
from PIL import Image

from core.datasets.fetch import Collection, Patience, fetch
from core.datasets.idx import IdxFile

ROOT = Path(__file__).parents[2]
KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Downhill"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="made on Linux for Linux")


# Windows


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what makensis tells of an installer that it makes from a folder of the same layout."""
    if shutil.which("makensis") is None:
        pytest.skip("makensis is not installed: Debian calls it nsis")
    folder = tmp_path_factory.mktemp("nsis")
    frozen = folder / "frozen"
    for name in ("downhill.exe", "downhill-cli.exe", "_internal/resources/downhill.svg", "_internal/torch/lib/c10.dll"):
        (frozen / name).parent.mkdir(parents=True, exist_ok=True)
        (frozen / name).write_text(name)
    icon.write_icons(folder / "icons")
    command = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT / "packaging")!r})
import windows
print(windows.build(Path("frozen").absolute(), Path("icons").absolute(), Path.cwd(), "-DQUICK", "-V4"))
"""
    environment = {name: value for name, value in os.environ.items() if name != windows.CERTIFICATE}
    made = subprocess.run(
        [sys.executable, "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    lines = made.stdout.splitlines()
    assert Path(lines[-1]).read_bytes()[:2] == b"MZ"
    return lines


def parts(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines of the installer and those of the uninstaller."""
    start = lines.index('Section: "Uninstall"')
    return lines[:start], lines[start:]


def test_the_installer_for_windows_holds_every_file(told: list[str]) -> None:
    files = {line.split('"')[1] for line in parts(told)[0] if line.startswith("File: ")}
    assert {"downhill.exe", "downhill-cli.exe", "downhill.svg", "c10.dll"} <= files


def test_it_writes_to_the_user_s_own_registry_alone_and_removes_what_it_wrote(told: list[str]) -> None:
    install, remove = parts(told)
    written = [line.split(": ", 1)[1] for line in install if line.startswith(("WriteRegStr: ", "WriteRegDWORD: "))]
    gone = [line.split(": ", 1)[1] for line in remove if line.startswith("DeleteRegKey: ")]

    assert {f"{KEY}\\{name}" for name in ("DisplayName", "UninstallString", "EstimatedSize")} <= {
        line.split("=")[0] for line in written
    }
    assert r'HKCU\Software\Classes\Downhill.Document\shell\open\command\="$INSTDIR\downhill.exe" "%1"' in written
    assert r"HKCU\Software\Classes\.downhill\=Downhill.Document" in written
    assert all(line.startswith("HKCU\\") for line in written)
    assert all(any(line.startswith(key) for key in gone) for line in written)


def test_the_uninstaller_removes_what_was_installed_and_nothing_of_the_user(told: list[str]) -> None:
    install, remove = parts(told)
    assert any(line.startswith("WriteUninstaller: ") for line in install)
    removed = [line for line in remove if line.startswith(("Delete: ", "RMDir: "))]
    assert removed == [
        r'Delete: "$SMPROGRAMS\Downhill.lnk"',
        r'RMDir: /r "$INSTDIR\_internal"',
        r'Delete: "$INSTDIR\downhill.exe"',
        r'Delete: "$INSTDIR\downhill-cli.exe"',
        r'Delete: "$INSTDIR\uninstall.exe"',
        r'RMDir: "$INSTDIR"',
    ]


def test_no_administrator_is_asked() -> None:
    script = windows.SCRIPT.read_text(encoding="utf-8")
    assert "RequestExecutionLevel user" in script
    assert 'InstallDir "$LOCALAPPDATA' in script
    assert "HKLM" not in script


def test_files_are_signed_where_a_certificate_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    monkeypatch.delenv(windows.CERTIFICATE, raising=False)
    windows.sign(Path("a.exe"))
    assert called == []
    monkeypatch.setenv(windows.CERTIFICATE, "mine.pfx")
    monkeypatch.setenv(windows.PASSWORD, "secret")
    windows.sign(Path("a.exe"))
    assert called[0][:4] == ["signtool", "sign", "/f", "mine.pfx"]
    assert called[0][-1] == "a.exe"


def test_the_version_is_told_as_windows_wants_it(tmp_path: Path) -> None:
    assert windows.four_numbers().count(".") == 3
    text = Path(windows.version_file(tmp_path)).read_text(encoding="utf-8")
    assert f"filevers=({windows.four_numbers().replace('.', ', ')})" in text
    compile(text, "version.txt", "eval")


# macOS


def test_the_plists_of_macos_can_be_read() -> None:
    written = plistlib.loads(plistlib.dumps(macos.information()))
    (kind,) = written["UTExportedTypeDeclarations"]
    (document,) = written["CFBundleDocumentTypes"]
    assert kind["UTTypeTagSpecification"]["public.filename-extension"] == ["downhill"]
    assert document["LSItemContentTypes"] == [kind["UTTypeIdentifier"]]
    assert all(isinstance(written[f"CFBundle{name}"], str) for name in ("Version", "ShortVersionString"))
    entitlements = plistlib.loads(Path(macos.ENTITLEMENTS).read_bytes())
    assert entitlements
    assert all(entitlements.values())


@pytest.mark.skipif(not shutil.which("plistutil"), reason="needs plistutil, of Debian's libplist-utils")
def test_the_plists_of_macos_are_such_to_another_reader_too(tmp_path: Path) -> None:
    information = tmp_path / "Info.plist"
    information.write_bytes(plistlib.dumps(macos.information()))
    for path in (information, Path(macos.ENTITLEMENTS)):
        said = subprocess.run(["plistutil", "-i", str(path)], capture_output=True, check=False)
        assert said.returncode == 0, said.stderr
        assert plistlib.loads(said.stdout) == plistlib.loads(path.read_bytes())  # it writes what it has read


def test_macos_signs_and_notarizes_as_far_as_identities_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (macos.IDENTITY, *macos.ACCOUNT.values()):
        monkeypatch.delenv(name, raising=False)
    assert macos.identity() is None
    assert macos.signing(Path("a.dmg")) == []
    monkeypatch.setenv(macos.IDENTITY, "Developer ID")
    assert [command[0] for command in macos.signing(Path("a.dmg"))] == ["codesign"]
    for name in macos.ACCOUNT.values():
        monkeypatch.setenv(name, name.lower())
    commands = macos.signing(Path("a.dmg"))
    assert [command[:2] for command in commands[1:]] == [["xcrun", "notarytool"], ["xcrun", "stapler"]]
    assert "macos_team" in commands[1]


# Icons and data


def test_the_icon_is_drawn_in_every_size_and_form(tmp_path: Path) -> None:
    icon.write_icons(tmp_path)
    for side in icon.SIDES:
        with Image.open(tmp_path / f"downhill-{side}.png") as picture:
            assert picture.size == (side, side)
            assert picture.getchannel("A").getextrema() == (0, 255)
    with Image.open(tmp_path / "downhill.ico") as ico, Image.open(tmp_path / "downhill.icns") as icns:
        assert {(16, 16), (32, 32), (48, 48), (256, 256)} <= ico.info["sizes"]
        assert (512, 512, 1) in icns.info["sizes"]


def test_data_sets_are_laid_ready_packed_and_are_then_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytes((0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9))
    packed = gzip.compress(content)
    by_content = IdxFile("a", (3,), len(packed), sha256=hashlib.sha256(content).hexdigest())
    by_packed = IdxFile("b", (3,), len(packed), md5=hashlib.md5(packed, usedforsecurity=False).hexdigest())
    collection = Collection("Little", "little", (), (by_content, by_packed))
    monkeypatch.setenv("DOWNHILL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOWNHILL_DATA", str(tmp_path))
    monkeypatch.setattr(freeze, "_PATIENCE", Patience(rounds=1, pause=0))

    assert not freeze.stage_data(collection, tmp_path / "stage" / "little")
    assert "Little is left out: " in capsys.readouterr().err
    assert not (tmp_path / "stage").exists()

    (tmp_path / "a").write_bytes(content)
    (tmp_path / "b.gz").write_bytes(packed)
    assert freeze.stage_data(collection, tmp_path / "stage" / "little")

    monkeypatch.setattr("core.datasets.fetch.BUNDLED", tmp_path / "stage")
    monkeypatch.delenv("DOWNHILL_DATA")
    assert [array.tolist() for array in fetch(collection)] == [[7, 8, 9], [7, 8, 9]]


# Linux


@linux_only
def test_the_package_depends_on_what_the_files_ask_for(tmp_path: Path) -> None:
    shutil.copy("/bin/ls", tmp_path / "program")
    asked = linux.needed(tmp_path)
    assert "libc.so.6" in asked
    (tmp_path / "libc.so.6").touch()
    assert "libc.so.6" not in linux.needed(tmp_path)


@linux_only
def test_a_library_that_no_package_is_known_for_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "needed", lambda _: {"libEGL.so.1", "libc.so.6", "libgtk-3.so.0"})
    assert [line.split()[0] for line in linux.depends(Path())] == ["libc6", "libegl1"]
    monkeypatch.setattr(linux, "needed", lambda _: {"libodd.so.1"})
    with pytest.raises(SystemExit, match=r"libodd\.so\.1: put the Debian package"):
        linux.depends(Path())


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """Return the package and the archive that are made of a little program."""
    frozen, stage = tmp_path / "frozen", tmp_path / "stage"
    (frozen / "_internal").mkdir(parents=True)
    shutil.copy("/bin/echo", frozen / "downhill")
    (frozen / "_internal" / "file").write_text("something")
    icon.write_icons(stage / "icons")
    return linux.build(frozen, stage, tmp_path)


@linux_only
def test_the_debian_package_has_all_that_a_desktop_shows(made: tuple[Path, Path]) -> None:
    listed = subprocess.run(["dpkg-deb", "-c", made[0]], capture_output=True, text=True, check=True).stdout
    for place in (
        "./opt/downhill/downhill\n",
        "./opt/downhill/_internal/file\n",
        "./usr/bin/downhill -> ../../opt/downhill/downhill\n",
        "./usr/share/applications/downhill.desktop\n",
        "./usr/share/mime/packages/downhill.xml\n",
        "./usr/share/icons/hicolor/48x48/apps/downhill.png\n",
        "./usr/share/icons/hicolor/48x48/mimetypes/application-x-downhill.png\n",
        "./usr/share/doc/downhill/copyright\n",
    ):
        assert place in listed
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    control = subprocess.run(["dpkg-deb", "-f", made[0]], capture_output=True, text=True, check=True).stdout
    assert "Depends: libc6 (>= " in control


@linux_only
def test_the_archive_installs_without_root_and_leaves_nothing_but_the_user_s_files(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "Žofie's own & home"
    own = home / ".local" / "share" / "Downhill" / "mine.downhill"
    own.parent.mkdir(parents=True)
    own.touch()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run(["tar", "-xzf", made[1], "-C", tmp_path], check=True)
    (folder,) = (path for path in tmp_path.glob("downhill-*") if path.is_dir())
    for _ in range(2):  # the second time over the first
        subprocess.run([folder / "install.sh"], env=environment, check=True, capture_output=True)

    said = subprocess.run([home / ".local" / "bin" / "downhill", "here"], capture_output=True, text=True, check=True)
    assert said.stdout == "here\n"
    entry = (home / ".local/share/applications/downhill.desktop").read_text(encoding="utf-8")
    assert f'Exec="{home}/.local/opt/downhill/downhill" %f\n' in entry

    subprocess.run([home / ".local/opt/downhill/uninstall.sh"], env=environment, check=True, capture_output=True)
    assert [path for path in home.rglob("*") if path.is_file()] == [own]
    again = subprocess.run([folder / "uninstall.sh"], env=environment, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "not installed" in again.stderr


@linux_only
def test_the_archive_does_not_replace_what_is_not_downhill(made: tuple[Path, Path], tmp_path: Path) -> None:
    taken = tmp_path / "home" / ".local" / "opt" / "downhill" / "mine.txt"
    taken.parent.mkdir(parents=True)
    taken.touch()
    subprocess.run(["tar", "-xzf", made[1], "-C", tmp_path], check=True)
    (folder,) = (path for path in tmp_path.glob("downhill-*") if path.is_dir())
    environment = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    said = subprocess.run([folder / "install.sh"], env=environment, check=False, capture_output=True, text=True)
    assert said.returncode == 1
    assert "is not Downhill" in said.stderr
    assert taken.exists()
