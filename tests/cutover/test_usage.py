"""Command lines that cannot be understood."""

import pytest

from cutover.base.errors import BadInput
from cutover.commands.main import app, main
from cutover.commands.usage import UsageError, bad_input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("forecast", "cutover forecast: scenario: is missing; see `cutover forecast --help`"),
        ("forecats", "cutover: arguments: no such command 'forecats'; did you mean 'forecast'?"),
        ("gate a b", "cutover gate: arguments: got unexpected extra argument(s) (b); see `cutover gate --help`"),
        ("gate a --xyzzy 3", "cutover gate: --xyzzy: is no option of it; see `cutover gate --help`"),
        ("forecast a --plna x", "cutover forecast: --plna: is no option of it; did you mean --plan"),
        ("population sample 3 --seed", "cutover: --seed: requires an argument; see `cutover --help`"),
        ("gate a --json=3", "cutover: --json: does not take a value; see `cutover --help`"),
        ("population sample 0", "cutover population sample: count = '0': must be greater than or equal to 1; see `cut"),
        ("population sample 3 --seed x", "cutover population sample: --seed = 'x': must be a valid integer; see `cut"),
        ("swarm a --warp x", "cutover swarm: --warp = 'x': must be a valid number; see `cutover swarm --help`"),
        ("forecast a --as-of 1.7.2025", "cutover forecast: --as-of = '1.7.2025': must be a day, such as 2025-06-30; s"),
        ("forecast a --replications x", "cutover forecast: --replications = 'x': must be a valid integer; see `cut"),
    ],
)
def test_one_line_says_what_is_wrong_and_what_to_do(arguments: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        app(arguments.split(), standalone_mode=False, prog_name="cutover")
    told = bad_input(caught.value)
    assert str(told).startswith(words)
    assert len(str(told).splitlines()) == 1


def test_a_group_without_a_command_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cutover", "population"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == BadInput.exit_code
    shown = capsys.readouterr()
    assert "sample" in shown.out
    assert shown.err == ""
