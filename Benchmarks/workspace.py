"""What the commands of regimen say of the runs in a folder."""

import json
import subprocess


class Workspace:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def rows(self, *command):
        """The JSON lines that a command prints."""
        text = subprocess.run([self.program, *command, "--json", "-C", self.folder], check=True,
                              capture_output=True, text=True).stdout
        return [json.loads(line) for line in text.splitlines()]


class Run:
    """The metrics of a run: (stage, name) to pairs of a step and a value."""

    def __init__(self, workspace, run, seed=None):
        self.seed = seed
        self.series = {}
        for metric in workspace.rows("metrics", run):
            if metric["value"] is not None:
                key = (metric["stage"], metric["name"])
                self.series.setdefault(key, []).append((metric["step"], metric["value"]))
        self.seconds = {stage: sum(value for _, value in values)
                        for (stage, name), values in self.series.items() if name == "step_time"}

    def last(self, stage, name):
        values = self.series.get((stage, name))
        return values[-1][1] if values else None

    def tenths(self, stage, name):
        """Means over tenths of the steps, in order; empty without such a metric."""
        values = [value for _, value in self.series.get((stage, name), [])]
        count = max(1, len(values) // 10)
        return [sum(values[i:i + count]) / count for i in range(0, len(values) - count + 1, count)]
