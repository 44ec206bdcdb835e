"""Run the command line as `python -m cutover`."""

from cutover.commands.main import main

main()
