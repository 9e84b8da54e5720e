"""`python -m banqup.runtime`: everything that `make run` starts."""

import os
import sys

from . import preflight, stack


def main():
    try:
        plan = preflight.read(os.environ)
        held = stack.lock(plan)
        preflight.check_port(plan.port)
    except preflight.Problem as problem:
        print(f"banqup: {problem}", file=sys.stderr)
        return 2
    return stack.run(plan, held)


if __name__ == "__main__":
    sys.exit(main())
