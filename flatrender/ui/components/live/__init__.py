"""The live event stream in the browser, for components in JavaScript: `import { listen } from LIVE`."""

import reflex as rx

rx.asset("live_worker.js", shared=True)
rx.asset("waits.js", shared=True)
LIVE = rx.asset("live.js", shared=True).importable_path
