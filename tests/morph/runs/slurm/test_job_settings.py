"""What a job may ask Slurm for, and what a form and a command line give."""

import pytest

from morph.errors import SettingError
from morph.runs.config_parts import DeviceConfig
from morph.runs.settings import settings_of
from morph.runs.slurm.job_settings import (
    SlurmSettings,
    changed,
    check_device,
    settings_for,
)
from morph.typed_json import problems


@pytest.mark.parametrize(
    ("settings", "device", "wrong"),
    [
        (SlurmSettings(nodes=2), DeviceConfig(), "nodes"),
        (SlurmSettings(gpus=2), DeviceConfig(devices=4), "gpus"),
        (SlurmSettings(gpus=0), DeviceConfig(accelerator="cuda"), "gpus"),
        (SlurmSettings(gpus=1), DeviceConfig(accelerator="cpu"), "gpus"),
    ],
)
def test_a_job_that_contradicts_the_run_is_refused(settings, device, wrong):
    with pytest.raises(SettingError) as caught:
        check_device(settings, device)
    assert caught.value.path == wrong


@pytest.mark.parametrize(
    ("settings", "device"),
    [
        (SlurmSettings(), DeviceConfig()),
        (SlurmSettings(gpus=0), DeviceConfig(accelerator="cpu", devices=4)),
        (SlurmSettings(gpus=0), DeviceConfig(devices=4)),  # "auto" finds CPUs
        (SlurmSettings(gpus=4, nodes=2), DeviceConfig(devices=4, num_nodes=2)),
    ],
)
def test_a_job_that_agrees_with_the_run_is_not(settings, device):
    check_device(settings, device)


@pytest.mark.parametrize(
    "name", ["gpu\nrm -rf /", "gpu; ls", "$(ls)", "`ls`", "a b", "'", "x" * 200]
)
def test_a_name_that_a_shell_could_execute_is_refused(name):
    for setting in ("partition", "account", "qos", "constraint"):
        with pytest.raises(SettingError, match=setting):
            SlurmSettings(**{setting: name})


def test_a_job_shorter_than_its_warning_is_refused():
    with pytest.raises(SettingError, match="minutes higher"):
        SlurmSettings(minutes=1)


def test_every_setting_says_what_it_is_for_a_form():
    settings = settings_of(SlurmSettings)
    assert all(setting.means for setting in settings)
    assert all(setting.limits for setting in settings if setting.type is int)
    wrong = problems(SlurmSettings, {"gpus": 65, "partition": "a b"})
    assert "from 0 to 64" in wrong["gpus"]


def test_every_wrong_setting_is_found_at_once():
    wrong = problems(SlurmSettings, {"minutes": 0, "account": "a b", "qos": "$(ls)"})
    assert wrong.keys() == {"minutes", "account", "qos"}


@pytest.mark.parametrize(
    "device",
    [
        DeviceConfig(),
        DeviceConfig(accelerator="cpu", devices=2),
        DeviceConfig(accelerator="cuda", devices=4, num_nodes=2),
    ],
)
def test_the_settings_for_a_run_agree_with_it(device):
    check_device(settings_for(device), device)


def test_settings_are_changed_by_words():
    found = changed(SlurmSettings(qos="long"), ["minutes=600", "account=7", "gpus=0"])
    assert found == SlurmSettings(qos="long", minutes=600, account="7", gpus=0)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("minutes", "expected NAME=VALUE, where NAME is one of: partition, account"),
        ("hours=3", "'hours=3' is not a setting of a job"),
        ("minutes=long", "minutes is 'long'; expected a whole number"),
        ("minutes=0", "expected a value from 1 to 525600"),
        ("partition=a b", "partition is 'a b'; expected at most 128 letters"),
    ],
)
def test_wrong_words_are_refused(word, said):
    with pytest.raises(SettingError, match=said):
        changed(SlurmSettings(), [word])
