"""`python -m workers`: a render node on this machine."""

from workers.node import main

raise SystemExit(main())
