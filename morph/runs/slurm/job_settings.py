"""What the job of a run asks Slurm for."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from morph.errors import SettingError
from morph.runs.config_parts import DeviceConfig
from morph.typed_json import check_spelling, read_dataclass, spelled, within


def _name() -> str:
    """A field for a name of Slurm.

    It is written into a script, so nothing that a shell could read differently.
    """
    signs = "at most 128 letters, digits and . , : @ + & | _ -"
    return spelled("", r"[A-Za-z0-9_.,:@+&|-]{0,128}", signs)


@dataclass(frozen=True)
class SlurmSettings:
    """What the job of a run requests from Slurm."""

    partition: str = _name()  # partition, or several joined by ","; "": Slurm's default
    account: str = _name()  # account that is charged; "": your default
    qos: str = _name()  # quality of service; "": the default
    constraint: str = _name()  # features of the nodes, for example "a100"
    nodes: int = within(1, 1, 1024)  # machines; equals device.num_nodes
    gpus: int = within(1, 0, 64)  # GPUs per machine; equals device.devices
    cpus: int = within(4, 1, 1024)  # CPU cores per process
    memory_gb: int = within(0, 0, 100_000)  # memory per machine, GB; 0: default
    minutes: int = within(240, 1, 525_600)  # time limit of the job
    # How long before the time limit the run stops and its job is requeued, seconds.
    stop_before_s: int = within(120, 10, 3600)
    requeues: int = within(20, 0, 10_000)  # maximum number of requeues

    def __post_init__(self) -> None:
        """Raise SettingError for a name that Slurm has not, or too short a job."""
        for one in fields(self):
            check_spelling(one.name, getattr(self, one.name), one)
        if self.stop_before_s >= self.minutes * 60:
            raise SettingError(
                "stop_before_s",
                f"stop_before_s is {self.stop_before_s}, but the job has only "
                f"{self.minutes} min; set minutes higher, or stop_before_s lower",
            )


def settings_for(device: DeviceConfig) -> SlurmSettings:
    """The settings of a job that agrees with the device settings of a run."""
    gpus = 0 if device.accelerator == "cpu" else device.devices
    return SlurmSettings(nodes=device.num_nodes, gpus=gpus)


def changed(settings: SlurmSettings, given: Sequence[str]) -> SlurmSettings:
    """Settings with those that are given as ``NAME=VALUE``; SettingError if wrong."""
    values = asdict(settings)
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or name not in values:
            raise SettingError(
                name,
                f"{one!r:.80} is not a setting of a job; expected NAME=VALUE, where "
                f"NAME is one of: {', '.join(values)}",
            )
        is_number = isinstance(values[name], int) and re.fullmatch(r"-?\d{1,18}", text)
        values[name] = int(text) if is_number else text
    return read_dataclass(SlurmSettings, values)


def check_device(settings: SlurmSettings, device: DeviceConfig) -> None:
    """Raise SettingError if a job and a run want different numbers of anything."""
    if settings.nodes != device.num_nodes:
        raise SettingError(
            "nodes",
            f"the job requests {settings.nodes} machines, but device.num_nodes of the "
            f"run is {device.num_nodes}; set both to the same number",
        )
    on_cpu = device.accelerator == "cpu"
    if on_cpu and settings.gpus:
        raise SettingError(
            "gpus",
            f"the job requests {settings.gpus} GPUs, but the run uses CPUs; set gpus "
            "to 0, or device.accelerator to 'cuda'",
        )
    without = settings.gpus == 0 and device.accelerator != "cuda"
    if not without and not on_cpu and settings.gpus != device.devices:
        raise SettingError(
            "gpus",
            f"the job requests {settings.gpus} GPUs per machine, but device.devices of "
            f"the run is {device.devices}; set both to the same number",
        )
