"""The Dockerfile's stages, built by script where no container engine runs: each step as it stands
there, as the same user, in a root file system of its own.

What this machine has, its Python included, stands in for the image of Debian and Python that the
Dockerfile begins with; the checkout and /tmp are hidden from the steps. It needs root on Linux, for
`unshare`, `mount` and `chroot`.
"""

import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from config.locations import PROJECT

IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How this machine reaches packages is its own affair, and no setting of the image.
OUTSIDE = re.compile(r"PIP_(INDEX|EXTRA|FIND|CERT|DEFAULT)|(HTTPS?|NO)_PROXY$|SSL_CERT", re.I)


class Step(NamedTuple):
    """An instruction of a Dockerfile, such as RUN, and what stands behind it."""

    word: str
    text: str


def steps(text):
    """The instructions of a Dockerfile, each on one line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(None, 1)) for line in whole.splitlines()]


def sent_files(folder):
    """The files below a folder that .dockerignore lets an engine have, by their names."""
    rules = (PROJECT / ".dockerignore").read_text().splitlines()
    rules = [rule for rule in rules if rule and not rule.startswith("#")]

    def is_sent(name):
        parts, sent = PurePosixPath(name).parts, True
        for rule in rules:  # the last that fits decides
            pattern = rule.removeprefix("!")
            tried = parts if pattern.startswith("**/") else parts[:1]
            if fnmatch.filter(tried, pattern.removeprefix("**/")):
                sent = rule.startswith("!")
        return sent

    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(filter(is_sent, files))


class Stage:
    """A stage that is built: its files that differ from this machine's, and what it says of
    itself (`environment`, `user`, `folder`, and the JSON of `CMD`, `ENTRYPOINT`, `HEALTHCHECK`)."""

    def __init__(self, place):
        self.place = place
        self.files = place / "files"
        for name in ("files", "work", "root"):
            (place / name).mkdir(parents=True)
        self.environment, self.arguments = {}, {}
        self.user, self.folder, self.said = "0:0", "/", {}
        self._bring_python()

    def _bring_python(self):
        """Let `python` be there as in the official image, for every user."""
        python = Path(sys._base_executable).resolve()
        self.environment["PATH"] = f"{python.parent}:{IMAGE_PATH}"
        self.shell(
            f"cd {shlex.quote(str(python.parent))}; test -e python || ln -s {python.name} python",
            *(f"chmod a+x {shlex.quote(str(folder))}" for folder in python.parents),
        )

    def shell(self, *commands, mounts=()):
        """Run commands as root in the stage."""
        command = ["/bin/sh", "-ec", "\n".join(commands)]
        done = subprocess.run(
            self.inside(command, {"PATH": IMAGE_PATH, "HOME": "/root"}, mounts=mounts),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def inside(self, command, environment, mounts=(), read_only=False, user="0:0"):
        """A command line that runs a command in the stage, as a user whom nothing gives a right.

        Each of `mounts` is a folder of this machine, and the one where it stands in the stage.
        """
        root = self.place / "root"
        layers = f"lowerdir=/,upperdir={self.files},workdir={self.place / 'work'}"
        hidden = {"/tmp", *({str(PROJECT)} if PROJECT.parts[1] != "tmp" else ())}
        shown = [f"mkdir -p {quoted(self.files, there)}" for _, there in mounts] + [
            f"mount --bind {shlex.quote(str(here))} {quoted(root, there)}" for here, there in mounts
        ]
        script = [
            *(line for line in shown if line.startswith("mkdir")),
            f"mount -t overlay overlay -o {layers} {shlex.quote(str(root))}",
            f"mount -t proc -o subset=pid proc {quoted(root, '/proc')}",
            f"mount --rbind /dev {quoted(root, '/dev')}",
            *(f"mount -t tmpfs -o mode=1777 tmpfs {quoted(root, path)}" for path in hidden),
            *(line for line in shown if line.startswith("mount")),
            *([f"mount -o remount,ro {shlex.quote(str(root))}"] if read_only else ()),
            'exec "$@"',
        ]
        uid, gid = user.split(":")
        drop = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        become = [
            *("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"),
            *(drop if uid != "0" else ()),
            *("env", "-i", *(f"{name}={value}" for name, value in environment.items())),
            *("/bin/sh", "-c", f'cd {shlex.quote(self.folder)} && exec "$@"', "sh", *command),
        ]
        return [
            *("unshare", "--mount", "--propagation=private", "/bin/sh", "-ec", "\n".join(script)),
            *("sh", "chroot", str(root), *become),
        ]

    def take(self, step, stages, context):
        """Do what one instruction says."""
        getattr(self, f"_{step.word.lower()}", self._say)(step, stages, context)

    def _say(self, step, stages, context):
        assert step.word in {"EXPOSE", "CMD", "ENTRYPOINT", "HEALTHCHECK"}, step.word
        self.said[step.word] = step.text

    def _arg(self, step, stages, context):
        self.arguments |= pairs(step.text)

    def _env(self, step, stages, context):
        self.environment |= pairs(step.text)

    def _workdir(self, step, stages, context):
        self.folder = step.text
        place = self.files / step.text.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)

    def _user(self, step, stages, context):
        self.user = step.text

    def _copy(self, step, stages, context):
        source, *names = step.text.split() if "--from=" in step.text else ("", *step.text.split())
        *names, target = names
        target = self.files / str(PurePosixPath(self.folder, target)).lstrip("/")
        if source:
            (name,) = names
            origin = stages[source.removeprefix("--from=")].files / name.lstrip("/")
            subprocess.run(["cp", "-a", f"{origin}/.", made(target)], check=True)
            return
        for name in sent_files(context):
            if names == ["."] or any(fnmatch.fnmatchcase(name, one) for one in names):
                made((target / name).parent)
                subprocess.run(["cp", str(context / name), str(target / name)], check=True)

    def _run(self, step, stages, context):
        outside = {name: value for name, value in os.environ.items() if OUTSIDE.match(name)}
        environment = {"HOME": "/root", **outside, **self.environment, **self.arguments}
        command = self.inside(["/bin/sh", "-c", step.text], environment, user=self.user)
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{step.text}\n{done.stdout}{done.stderr}"

    def start(self, *words, mounts, environment, **kwargs):
        """Start the image as an engine would, with a root file system that is read-only."""
        command = [*json.loads(self.said["ENTRYPOINT"]), *words]
        return subprocess.Popen(self.as_started(command, mounts, environment), text=True, **kwargs)

    def as_started(self, command, mounts, environment):
        environment = self.environment | environment
        return self.inside(command, environment, mounts, read_only=True, user=self.user)


def quoted(root, path):
    return shlex.quote(f"{root}{path}")


def made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def pairs(text):
    """What ARG and ENV set."""
    return dict(word.split("=", 1) for word in shlex.split(text))


def build(place):
    """The last stage of the Dockerfile, built in a folder from the checkout."""
    stages, stage = {}, None
    for step in steps((PROJECT / "Dockerfile").read_text()):
        if step.word == "FROM":
            image, _, name = step.text.partition(" AS ")
            assert image == "${PYTHON_IMAGE}"
            stage = stages[name] = Stage(place / (name or "final"))
        elif stage:  # what stands before is only for FROM
            stage.take(step, stages, PROJECT)
    return stage
