"""`python -m sandbox.smartday`: the stand-in as a process; prints `{"url": ...}` when it listens."""

import argparse

from sandbox.serving import run
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options


def main() -> None:
    """Read the command line and serve until interrupted."""
    plain = Options()
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.smartday", description="Stand-in of Smartday Bridge."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--customers", type=int, default=plain.customers, help="as many as the ERP stand-in has"
    )
    parser.add_argument(
        "--products", type=int, default=plain.products, help="as many as the ERP stand-in has"
    )
    parser.add_argument("--tasks", type=int, default=plain.tasks, help="tasks in progress")
    parser.add_argument("--seed", type=int, default=plain.seed)
    parser.add_argument("--prefilled", action="store_true", help="customers and products are there already")
    parser.add_argument("--requests-per-minute", type=int, default=plain.requests_per_minute)
    parser.add_argument("--concurrent", type=int, default=plain.concurrent)
    parser.add_argument(
        "--retry-seconds",
        type=lambda text: tuple(float(part) for part in text.split(",")),
        default=plain.retry_seconds,
        help="waits between attempts of a webhook, comma-separated",
    )
    options = vars(parser.parse_args())
    host, port = options.pop("host"), options.pop("port")
    run(create_app(Options(**options)), host, port)


if __name__ == "__main__":
    main()
