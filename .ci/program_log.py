"""What a program writes while it runs, to be read at any moment."""

import pathlib
import tempfile


class ProgramLog:
    """A file, because nobody reads a pipe while the program works. Popen takes it as it is."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile()

    def fileno(self):
        return self.file.fileno()

    def text(self):
        # Opened anew: a process shares its place in the file with whoever gave it the file, so that
        # a look from the beginning would have it write over its first lines.
        return pathlib.Path(self.file.name).read_text(errors="replace")

    def close(self):
        self.file.close()
