"""What commands print, as text that is the same on every day and in every folder."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What of a run depends on the clock, the machine or chance, and what stands for it.
CHANGING = [
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"(?<![\w.])01(?=[0-9]*[a-z])[0-9a-z]{14}\b"), "RUN"),
    (re.compile(r"host [^\s,]+, process \d+"), "host HOST, process PROCESS"),
    (re.compile(r"(?<![\w.])(\d+ (d|h|min) )?\d+(\.\d+)? (d|h|min|s|ms)\b"), "DURATION"),
    (re.compile(r'"(?:elapsed|eta|run_eta)":(?:null|[\d.e+-]+),?'), ""),
    (re.compile(r'("(?:seconds|\w+_seconds)":)[\d.e+-]+'), r"\g<1>0"),
    (re.compile(r'"(?:step_time|tokens_per_second|time/\w+)":[\d.e+-]+,?'), ""),
    (re.compile(r'^\{"event":"metrics","metrics":\{\}.*\n', re.M), ""),
    (re.compile(r"(reached \S+ )?\S+ FLOP/s"), "SPEED"),
    (re.compile(r"regimen \d+\.\d+\.\d+\b"), "regimen VERSION"),
    (re.compile(r"last seen TIME, [^\n]* ago"), "last seen TIME"),
]
# Columns are as wide as their widest word.
GAPS = [(re.compile(r"(?<=\S)  +(?=\S)"), "  "), (re.compile(r"[ \t]+$", re.M), "")]


def same_text(text, folder):
    """A text with its changing parts replaced."""
    text = text.replace(str(folder), "FOLDER").replace(str(ROOT), "ROOT")
    for pattern, word in CHANGING + GAPS:
        text = pattern.sub(word, text)
    return text


def kept_text(text, folder):
    """A text about stored rows or about no run: all but places and the present stays."""
    text = text.replace(str(folder), "FOLDER").replace(str(ROOT), "ROOT")
    return re.sub(r"(last seen \S+ \S+), [^\n]* ago", r"\1", text)


def transcript(program, folder, commands, changing=same_text):
    """Commands as they are typed, each with what it printed and how it ended."""
    parts = []
    for command in commands:
        done = program.run(folder, *command, REGIMEN_THREADS="1",
                           REGIMEN_CHECKPOINT_SECONDS="1000000")
        parts.append(f"$ regimen {' '.join(map(str, command))}\n{done.stdout}")
        if done.stderr:
            parts.append(f"standard error:\n{done.stderr}")
        if done.returncode:
            parts.append(f"status {done.returncode}\n")
    return changing("\n".join(parts), folder)
