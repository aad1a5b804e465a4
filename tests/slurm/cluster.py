"""A Slurm of one node on this machine, without systemd and cgroups; for root only.

All daemons run in the foreground as children of this process, with their files in one
folder and ports of their own, and are ended with it. Nothing in /etc is written.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from tests.morph.runs.counting import wait_for

PACKAGES = "slurm-wlm slurmdbd mariadb-server munge"
_DAEMONS = ("munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd")

_SLURM = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={slurmctld}
SlurmdPort={slurmd}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={slurmdbd}
AccountingStoragePass={folder}/munge.socket
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
JobRequeue=1
KillWait=5
MinJobAge=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=2000 Gres=gpu:1 State=UNKNOWN
PartitionName=gpu Nodes={host} Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=30
PartitionName=urgent Nodes={host} MaxTime=INFINITE State=UP PriorityTier=10
"""  # noqa: E501

_GRES = "NodeName={host} Name=gpu File=/dev/zero\n"  # nobody computes on it

_SLURMDBD = """AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={slurmdbd}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={mariadb}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
"""

_GRANTS = """CREATE DATABASE slurm_acct_db;
CREATE USER slurm@'%' IDENTIFIED BY 'slurm';
CREATE USER slurm@localhost IDENTIFIED BY 'slurm';
GRANT ALL ON slurm_acct_db.* TO slurm@'%';
GRANT ALL ON slurm_acct_db.* TO slurm@localhost;
"""


def missing() -> str:
    """Why Slurm cannot be started here; "" if it can."""
    if os.geteuid() != 0:
        return "Slurm's daemons start jobs as other users: only root can start them"
    absent = [name for name in _DAEMONS if _program(name) is None]
    if absent:
        return f"{', '.join(absent)} are not installed: apt-get install {PACKAGES}"
    if left := steps_of():
        return f"another Slurm has processes here, end them first: {left}"
    return ""


class Cluster:
    """The daemons of the cluster, by name, and the folder with their files."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.node = socket.gethostname().split(".")[0]
        self._processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start a daemon, which is ended with the cluster."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [_program(name), *arguments], stdout=log, stderr=log
            )
        self._processes[name] = process
        self._stack.callback(_end, process)

    def stop(self, name: str) -> None:
        """End a daemon."""
        _end(self._processes.pop(name))

    def start_controller(self) -> None:
        """Start slurmctld and wait until it answers."""
        self.start("slurmctld", "-D")
        wait_for(lambda: _succeeds("scontrol", "ping"), seconds=60)

    def node_is(self, state: str, reason: str = "test") -> None:
        """Have the node drained or down."""
        change = [f"nodename={self.node}", f"state={state}", f"reason={reason}"]
        said("scontrol", "update", *change)

    def end_jobs(self) -> None:
        """End all jobs; their processes would outlive the daemons."""
        _succeeds("scancel", f"--user={getpass.getuser()}")
        wait_for(lambda: not steps_of(), seconds=60)

    def resume_node(self) -> None:
        """Have the node take jobs again, unless Slurm has done so by itself."""
        _succeeds("scontrol", "update", f"nodename={self.node}", "state=resume")
        _wait_for_node()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A running cluster with its files in ``folder``; SLURM_CONF names it."""
    folder.chmod(0o755)  # the database has a user of its own
    with ExitStack() as stack:
        found = Cluster(folder, stack)
        _configure(found)
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        stack.callback(os.environ.pop, "SLURM_CONF")
        _start_munge(found)
        _start_database(found)
        found.start("slurmdbd", "-D")
        wait_for(lambda: _succeeds("sacctmgr", "show", "cluster"), seconds=60)
        found.start_controller()
        found.start("slurmd", "-D", "-N", found.node)
        _wait_for_node()
        stack.callback(found.end_jobs)
        yield found


def steps_of(job: str = "") -> list[int]:
    """Processes with which slurmd minds a job, or any job."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if " ".join(process.info["cmdline"] or ()).startswith(
            f"slurmstepd: [{job}{'.' if job else ''}"
        )
    ]


def said(*command: str) -> str:
    """The output of a command that succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"
    return done.stdout


def _wait_for_node() -> None:
    states = ("idle", "mixed", "allocated")
    wait_for(lambda: said("sinfo", "-h", "-o", "%T").startswith(states), seconds=60)


def _configure(found: Cluster) -> None:
    names = ("slurmctld", "slurmd", "slurmdbd", "mariadb")
    values = dict(zip(names, map(str, _free_ports(len(names))), strict=True))
    values |= {"folder": str(found.folder), "host": found.node}
    values |= {"cpus": str(os.cpu_count())}
    texts = {"slurm.conf": _SLURM, "slurmdbd.conf": _SLURMDBD, "gres.conf": _GRES}
    for name, text in texts.items():
        path = found.folder / name
        path.write_text(text.format(**values))
        path.chmod(0o600 if name == "slurmdbd.conf" else 0o644)
    (found.folder / "state").mkdir()
    (found.folder / "spool").mkdir()
    (found.folder / "mariadb.port").write_text(values["mariadb"])


def _start_munge(found: Cluster) -> None:
    key = found.folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    files = {"key-file": key} | {
        f"{name}-file": found.folder / f"munge.{name}"
        for name in ("pid", "log", "seed")
    }
    options = [f"--{name}={path}" for name, path in files.items()]
    socket_path = found.folder / "munge.socket"
    found.start(
        "munged", "--foreground", "--force", f"--socket={socket_path}", *options
    )
    wait_for(socket_path.exists)


def _start_database(found: Cluster) -> None:
    data, port = found.folder / "mariadb", found.folder / "mariadb.port"
    data.mkdir()
    shutil.chown(data, "mysql")
    place = [f"--datadir={data}/data", "--user=mysql"]
    said(
        *("mariadb-install-db", "--no-defaults", "--skip-test-db", *place),
        "--auth-root-authentication-method=normal",
    )
    found.start(
        *("mariadbd", "--no-defaults", *place),
        f"--socket={data}/socket",
        f"--pid-file={data}/pid",
        f"--port={port.read_text()}",
        "--bind-address=127.0.0.1",
        "--innodb-buffer-pool-size=64M",
    )
    client = ("mariadb", "--no-defaults", f"--socket={data}/socket", "--execute")
    wait_for(lambda: _succeeds(*client, "SELECT 1"), seconds=60)
    said(*client, _GRANTS)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        for one in found:
            stack.enter_context(closing(one))
        return [one.getsockname()[1] for one in found]


def _succeeds(*command: str) -> bool:
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
