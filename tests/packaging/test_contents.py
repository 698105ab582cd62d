"""What comes into the frozen program and what does not."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

import contents
import licences
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "place",
    [
        "torch/bin/protoc",
        "torch/bin/test_api",
        "torch/include/ATen/ATen.h",
        "torch\\include\\ATen\\ATen.h",
        "torch/lib/dnnl.lib",
        "torch/lib/libtorchbind_test.so",
        "torch/test/cpp/thing",
        "matplotlib/mpl-data/sample_data/goog.npz",
        "numpy/linalg/tests/data.txt",
        "onnx/onnx.proto3",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/translations/qtbase_de.qm",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Qml.so.6",
        "libQt6EglFSDeviceIntegration.so.6",
        "PySide6/Qt6Quick.dll",
        "PySide6/Qt/lib/QtQml.framework/Resources/Info.plist",
        "torch-2.13.0.dist-info/RECORD",
        "hypothesis-6.100.dist-info/METADATA",
    ],
)
def test_what_nothing_opens_is_left_out(place: str) -> None:
    assert contents.unused(place)


@pytest.mark.parametrize(
    "place",
    [
        "torch/bin/torch_shm_manager",
        "torch/lib/libtorch_cpu.so",
        "torch/lib/torch_cpu.dll",
        "torch/testing/_internal/common_utils.py",
        "torch/distributed/config.py",
        "torch-2.13.0.dist-info/METADATA",
        "typing_extensions-4.16.0.dist-info/METADATA",
        "matplotlib/mpl-data/matplotlibrc",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6/Qt6Widgets.dll",
        "resources/data/digits.npz",
        "resources/data/mnist/train-images-idx3-ubyte.gz",
    ],
)
def test_what_the_program_needs_is_kept(place: str) -> None:
    assert not contents.unused(place)
    assert contents.kept(place, f"/opt/python/site-packages/{place}")


def test_of_a_linux_system_only_helpers_come_along() -> None:
    kept = {name for name in LIBRARIES if contents.kept(name, f"/usr/lib/x86_64-linux-gnu/{name}")}
    assert kept == {"libxcb-cursor.so.0", "libxkbcommon-x11.so.0", "libssl.so.3"}


LIBRARIES = (
    *("libxcb-cursor.so.0", "libxkbcommon-x11.so.0", "libssl.so.3"),
    *("libstdc++.so.6", "libgtk-3.so.0", "libglib-2.0.so.0", "libfontconfig.so.1", "libX11.so.6"),
)


def test_no_module_that_is_left_out_is_ours() -> None:
    sources = [file.read_text(encoding="utf-8") for top in ("app", "core") for file in (ROOT / top).rglob("*.py")]
    for module in contents.UNUSED_MODULES:
        assert not [text for text in sources if f"from {module} " in text or f"import {module}\n" in text]


def test_the_program_s_packages_are_found_with_what_they_need_and_the_tools_are_not() -> None:
    names = {found.name.lower() for found in contents.distributions()}
    assert {"torch", "sympy", "numpy", "shiboken6"} <= names
    assert not names & {"pytest", "mypy", "ruff", "pyinstaller"}
    unneeded = contents.unneeded_modules()
    assert {"pytest", "mypy"} <= set(unneeded)
    assert not {"torch", "numpy", "PySide6", "google", "sympy"} & set(unneeded)


def test_the_program_s_own_files_come_along_without_the_screenshots() -> None:
    places = {(Path(source).name, target) for source, target in contents.resources()}
    assert {("spiral.json", "resources/examples"), ("downhill.svg", "resources")} <= places
    assert ("qt_libraries.txt", "resources") in places
    assert not any("screenshots" in target for _, target in places)


def test_the_licences_name_every_package_and_hold_their_texts() -> None:
    text = licences.collect()
    for found in contents.distributions():
        assert f"\n{found.name} {found.version}: " in text
    assert "Permission is hereby granted" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert f"torch {distribution('torch').version}" in text


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="only Debian knows")
def test_the_licences_name_the_debian_packages_of_libraries_that_come_along() -> None:
    found = next(Path("/usr/lib").glob("*-linux-gnu/libz.so.1"))
    for place in (found, Path("/", *found.parts[2:])):
        text = licences.collect([place])
        assert "\nzlib1g (from Debian): " in text
        assert "Jean-loup Gailly" in text


def test_the_licences_are_collected_on_a_linux_without_dpkg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "(from Debian)" not in licences.collect([Path("/usr/lib/libz.so.1")])
