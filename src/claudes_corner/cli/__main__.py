"""`python -m claudes_corner.cli` is `corner`."""

from claudes_corner.cli import main

main()
