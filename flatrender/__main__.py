"""`python -m flatrender`: the same as the `flatrender` command."""

import sys

from flatrender.commands import main

sys.exit(main())
