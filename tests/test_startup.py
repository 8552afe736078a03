"""Starting is quick because it loads little. What is loaded is asserted; how long it took is only printed."""

import json
import subprocess
import sys
import time

import pytest

HEAVY = {"llvmlite", "matplotlib", "pandas", "pint", "ruamel", "scipy", "sympy", "xarray"}
OPTIONAL = {"anywidget", "dask", "distributed", "libcellml", "libsbml", "roadrunner", "starlette", "uvicorn", "zarr"}


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `code`."""
    report = f"import sys, json\n{code}\nprint('\\n' + json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=False)
    print(f"{time.perf_counter() - start:.3f} s, interpreter included: {code!r}")
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import ionostat") & (HEAVY | OPTIONAL | {"click", "rich"})


@pytest.mark.parametrize("command", [["--help"], ["--version"]])
def test_help_and_version_load_nothing_heavy(command: list[str]) -> None:
    code = (
        "from ionostat.app.cli import main\n"
        f"try: main({command!r})\n"
        "except SystemExit as done: assert done.code in (0, None), done.code"
    )
    assert not loaded(code) & (HEAVY | OPTIONAL)


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "ionostat", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage:")
