"""Work that would hold up the window or could not be cancelled: a command of Downhill's in a process of its own."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QObject, QProcess, QProcessEnvironment, QTemporaryDir

from app.shell.background import Background
from core.choices.fields import Mistake
from core.resources import COMMAND, RESOURCES


class Child(QObject):
    """Runs ``python -m core …``, one command at a time."""

    def __init__(self, background: Background, command: Sequence[str] = COMMAND, parent: QObject | None = None) -> None:
        """command: starts Downhill's command line."""
        super().__init__(parent)
        self.background = background
        self.command = tuple(command)
        self.process: QProcess | None = None
        self._folder: QTemporaryDir | None = None
        self._said: list[str] = []
        self._heard: Callable[[str], object] = lambda _line: None

    @property
    def busy(self) -> bool:
        """Whether a command is being prepared or carried out."""
        return self.process is not None

    def run(
        self,
        prepare: Callable[[Path], Sequence[str]],
        then: Callable[[list[str]], object],
        failed: Callable[[str], object],
        heard: Callable[[str], object] = lambda _line: None,
    ) -> None:
        """Carry out a command, then call one of the two: with all lines that it said, or with a sentence.

        prepare: works in the background, in an empty folder that is there until the end, and returns the words of the
        command. heard: told each line at once.
        """
        self.process = process = QProcess(self)
        self._folder = folder = QTemporaryDir()
        self._said, self._heard = [], heard
        process.setProgram(self.command[0])
        process.setProcessEnvironment(_environment())
        process.readyReadStandardOutput.connect(self._hear)
        process.finished.connect(partial(self._finished, then, failed))
        process.errorOccurred.connect(partial(self._error, failed))
        self.background.run(
            lambda: prepare(_place(folder)),
            partial(self._start, process),
            partial(self._fail, failed, process),
        )

    def stop(self) -> None:
        """Break it off; nothing is left behind, and nothing is called."""
        process = self.process
        if process is not None:
            process.blockSignals(True)
            if process.state() is not QProcess.ProcessState.NotRunning:
                process.kill()
                process.waitForFinished(5000)
            self._end(process)

    def _start(self, process: QProcess, words: Sequence[str]) -> None:
        if process is self.process:  # not stopped while it was being prepared
            process.setArguments([*self.command[1:], *words])
            process.start()

    def _hear(self) -> None:
        assert self.process is not None
        while self.process.canReadLine():
            line = bytes(self.process.readLine().data()).decode(errors="replace").strip()
            self._said.append(line)
            self._heard(line)

    def _finished(
        self,
        then: Callable[[list[str]], object],
        failed: Callable[[str], object],
        code: int,
        status: QProcess.ExitStatus,
    ) -> None:
        process = self.process
        assert process is not None
        self._hear()  # what was said last
        complaint = process.readAllStandardError().toStdString().strip().splitlines()
        if status is QProcess.ExitStatus.NormalExit and code == 0:
            self._end(process)
            then(self._said)
        else:
            self._fail(failed, process, complaint[-1] if complaint else self.tr("the process ended early"))

    def _error(self, failed: Callable[[str], object], error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self.process is not None:
            self._fail(failed, self.process, self.process.errorString())

    def _fail(self, failed: Callable[[str], object], process: QProcess, sentence: str) -> None:
        if process is self.process:
            self._end(process)
            failed(sentence)

    def _end(self, process: QProcess) -> None:
        process.deleteLater()
        self.process = None
        if self._folder is not None:
            self._folder.remove()
            self._folder = None


def _place(folder: QTemporaryDir) -> Path:
    if not folder.isValid():
        raise Mistake(f"{QDir.tempPath()} could not be written to, {folder.errorString()}; make room there, try again")
    return Path(folder.path())


def _environment() -> QProcessEnvironment:
    """Return the environment of this program, in which Python finds Downhill from any folder."""
    environment = QProcessEnvironment.systemEnvironment()
    paths = [str(RESOURCES.parent), environment.value("PYTHONPATH")]
    environment.insert("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    return environment
