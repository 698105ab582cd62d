"""One question after the other to the background thread, however fast the moment that is asked about changes."""


class Turn:
    """While a question waits for its answer, of newer ones it is only noted that there are: or none were answered."""

    def __init__(self) -> None:
        self._waits = self._again = False

    def take(self) -> bool:
        """Return whether a question may be asked now."""
        self._again = self._waits
        self._waits = True
        return not self._again

    def answered(self) -> bool:
        """Take note of an answer; return whether a newer question is to be asked."""
        again, self._waits, self._again = self._again, False, False
        return again

    def forget(self) -> None:
        """Take note that there will be no answer."""
        self._waits = self._again = False
