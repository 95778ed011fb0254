"""What the tests that interrupt the program share: asking it, and what a run must end with."""
import json
import os
import re
import shutil
import subprocess
import tempfile


class Program:
    """The built program, and a library that is loaded into it to watch its disk."""

    def __init__(self, path, disk=None):
        self.path = os.path.abspath(path)
        self.disk = disk and os.path.abspath(disk)

    def start(self, folder, arguments, disk=None, **environment):
        """Starts a command; `disk` holds the settings of Tests/Disk/disk.c by their short names."""
        whole = {key: value for key, value in os.environ.items() if not key.startswith("REGIMEN_")}
        whole.update(environment)
        if disk is not None:
            whole["LD_PRELOAD"] = self.disk
            whole["REGIMEN_DISK_ROOT"] = folder
            whole.update({f"REGIMEN_DISK_{key.upper()}": value for key, value in disk.items()})
        return subprocess.Popen([self.path, *arguments, "-C", folder], env=whole, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, folder, *arguments, disk=None, **environment):
        process = self.start(folder, arguments, disk, **environment)
        output, error = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, output, error)

    def ask(self, folder, *arguments):
        """The output of a command that must end well."""
        done = self.run(folder, *arguments)
        if done.returncode != 0:
            raise SystemExit(
                f"{folder}: {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def result(self, folder, run="@last"):
        """What must not depend on how often a run was interrupted."""
        stages = json.loads(self.ask(folder, "show", run, "--json"))["stages"]
        metrics = [line for line in self.ask(folder, "metrics", run, "--csv").splitlines()
                   if not re.search(r",(step_time|tokens_per_second|time/\w+),", line)]
        samples = self.ask(folder, "samples", run, "--json").splitlines()
        return {"digests": {stage["stage"]: stage["outputs"] for stage in stages},
                "metrics": metrics, "samples": samples}

    def runs(self, folder):
        """The runs of a workspace, newest first; none if there is no workspace."""
        return [json.loads(line) for line in self.run(folder, "ls", "--json").stdout.splitlines()]

    def finish(self, folder, recipe):
        """Goes on with the only run of a workspace, or starts it, until it has succeeded."""
        runs = self.runs(folder)
        if not runs:
            self.ask(folder, "run", recipe, "-q")
        elif runs[0]["status"] != "succeeded":
            self.ask(folder, "resume", "-q")

    def require_sound(self, folder, place):
        """Nothing is broken, and after `gc` nothing is left over."""
        self.ask(folder, "doctor", "--deep")
        self.ask(folder, "gc")
        found = self.ask(folder, "doctor", "--deep")
        if found != "nothing is wrong\n":
            raise SystemExit(f"{folder}: {place}: something was left over\n{found}")

    def require_same(self, folder, expected, place):
        found = self.result(folder)
        for part, value in expected.items():
            if found[part] != value:
                raise SystemExit(f"{folder}: {place}: {part} differ from the unbroken run's")


class Workspaces:
    """New folders under one that goes when all is well, and stays when something is found."""

    def __init__(self, name, in_memory=False):
        """`in_memory` where syncs need do nothing, since what they would save is modelled."""
        memory = "/dev/shm"
        roomy = in_memory and os.path.isdir(memory) and shutil.disk_usage(memory).free > 1 << 30
        self.base = os.path.realpath(
            tempfile.mkdtemp(prefix=f"regimen-{name}-", dir=memory if roomy else None))

    def new(self, name):
        folder = os.path.join(self.base, str(name))
        os.mkdir(folder)
        return folder

    def remove(self, folder=None):
        shutil.rmtree(folder or self.base)
