"""`python -m tinct` is `tinct`."""

from tinct.cli.app import main

main()
