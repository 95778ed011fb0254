"""A folder rebuilt from a log of Tests/Disk/disk.c: as it was, and as a power loss could leave it.

What a disk promises is little (POSIX): a file's bytes are there once the file was synced, a name once its
folder was. Until then each sector that was written, each change of a length and each change of a name may be
there or not, whatever came before or after it. Sectors are written whole or not at all, as SQLite assumes.
"""
import os

SECTOR = 512
CREATE, TRUNCATE = os.O_CREAT, os.O_TRUNC


class File:
    def __init__(self):
        self.bytes = bytearray()
        self.durable = b""
        self.pending = []

    def write(self, at, data):
        self.apply(self.bytes, at, data)
        self.pending.append((at, data))

    def truncate(self, length):
        self.apply(self.bytes, length, None)
        self.pending.append((length, None))

    def sync(self):
        if self.pending:
            self.durable, self.pending = bytes(self.bytes), []

    @staticmethod
    def apply(target, at, data):
        """Writes, or without data sets the length; holes are zeros."""
        end = at + len(data) if data is not None else at
        if len(target) < end:
            target.extend(bytes(end - len(target)))
        if data is None:
            del target[at:]
        else:
            target[at:end] = data

    def torn(self, dice):
        """The durable bytes and some of what came since: of each write some sectors."""
        share = dice.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        result = bytearray(self.durable)
        for at, data in self.pending:
            if data is None:
                if dice.random() < share:
                    self.apply(result, at, None)
                continue
            start = at
            while start < at + len(data):
                end = min((start // SECTOR + 1) * SECTOR, at + len(data))
                if dice.random() < share:
                    self.apply(result, start, data[start - at:end - at])
                start = end
        # The length can be there without the bytes.
        if len(result) < len(self.bytes) and dice.random() < 0.5:
            result.extend(bytes(len(self.bytes) - len(result)))
        return bytes(result)


class Folder:
    def __init__(self):
        self.names = {}
        self.durable = {}
        self.journaled = {}
        # All that a name stood for since the folder was synced.
        self.history = {}

    def set(self, name, node):
        self.history.setdefault(name, []).append(node)
        if node is None:
            self.names.pop(name, None)
        else:
            self.names[name] = node

    def sync(self):
        self.durable, self.history = dict(self.names), {}


class Replay:
    """The state of a disk after a part of a log."""

    # How a power loss treats what was not synced.
    LOSSES = ["lost", "torn", "ordered", "kept"]

    def __init__(self, root):
        self.root = root
        self.top = Folder()
        self.open = {}
        # Changes of names since the last sync of anything, in order: a journaling file system writes
        # them in that order, and all of them with every sync.
        self.journal = []
        self.said = []

    def place(self, path):
        """The folder of a path, and its last name."""
        parts = os.path.relpath(path, self.root).split("/")
        folder = self.top
        for part in parts[:-1]:
            folder = folder.names[part]
        return folder, parts[-1]

    def node(self, path):
        if path == self.root:
            return self.top
        folder, name = self.place(path)
        return folder.names.get(name)

    def set(self, path, node):
        folder, name = self.place(path)
        folder.set(name, node)
        self.journal.append((folder, name, node))

    def apply(self, operation, descriptor, number, data, paths):
        path = paths[0]
        if operation == "open":
            node = self.node(path)
            if node is None:
                node = File()
                self.set(path, node)
            elif number & TRUNCATE:
                node.truncate(0)
            self.open[descriptor] = node
        elif operation == "write":
            self.open[descriptor].write(number, data)
        elif operation == "truncate":
            self.open[descriptor].truncate(number)
        elif operation == "sync":
            self.open[descriptor].sync()
            for folder, name, node in self.journal:
                if node is None:
                    folder.journaled.pop(name, None)
                else:
                    folder.journaled[name] = node
            self.journal = []
        elif operation == "rename":
            node = self.node(path)
            self.set(path, None)
            self.set(paths[1], node)
        elif operation == "unlink":
            self.set(path, None)
        elif operation == "mkdir":
            self.set(path, Folder())
        elif operation == "say":
            self.said.append(data)

    def rebuild(self, target, loss, dice):
        """Writes to a new folder what a power loss could leave."""
        kept = {}
        for folder, name, node in self.journal[:dice.randint(0, len(self.journal))]:
            kept[id(folder), name] = node
        self.fill(self.top, target, loss, dice, kept)

    def fill(self, folder, target, loss, dice, kept):
        for name, node in self.names(folder, loss, dice, kept).items():
            path = os.path.join(target, name)
            if isinstance(node, Folder):
                os.mkdir(path)
                self.fill(node, path, loss, dice, kept)
            else:
                with open(path, "wb") as file:
                    file.write(node.durable if loss == "lost" else
                               bytes(node.bytes) if loss == "kept" else node.torn(dice))

    @staticmethod
    def names(folder, loss, dice, kept):
        if loss == "lost":
            return folder.durable
        if loss == "kept":
            return folder.names
        if loss == "ordered":
            names = {**folder.journaled, **{
                name: node for (owner, name), node in kept.items() if owner == id(folder)}}
        else:
            names = {**folder.durable, **{
                name: dice.choice([folder.durable.get(name), *versions])
                for name, versions in folder.history.items()}}
        return {name: node for name, node in names.items() if node is not None}


def records(path):
    """The calls of a log: operation, descriptor, number, bytes, paths."""
    with open(path, "rb") as file:
        while line := file.readline():
            operation, descriptor, number, length, rest = line.decode().rstrip("\n").split(" ", 4)
            yield operation, int(descriptor), int(number), file.read(int(length)), rest.split("\t")
