"""`python -m sandbox.twentyfoursevenoffice`: the stand-in as a process; prints `{"url": ...}` when it
listens.
"""

import argparse

from sandbox.serving import run
from sandbox.twentyfoursevenoffice.app import create_app
from sandbox.twentyfoursevenoffice.limits import Limits


def main() -> None:
    """Read the command line and serve until interrupted."""
    defaults = Limits()
    parser = argparse.ArgumentParser(prog="sandbox.twentyfoursevenoffice", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--products", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calls-per-hour", type=int, default=defaults.calls_per_hour)
    parser.add_argument("--calls-per-second", type=int, default=defaults.calls_per_second)
    parser.add_argument("--logins-per-hour", type=int, default=defaults.logins_per_hour)
    given = parser.parse_args()
    limits = Limits(given.calls_per_hour, given.calls_per_second, given.logins_per_hour)
    run(create_app(given.customers, given.products, given.seed, limits), given.host, given.port)


if __name__ == "__main__":
    main()
