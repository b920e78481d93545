"""The live event stream in the browser, for components in JavaScript: `import { listen } from LIVE`."""

from flatrender.ui.scripts import script

script(__file__, "live_worker.js")
script(__file__, "loaded.js")
script(__file__, "newer.js")
script(__file__, "pages.js")
script(__file__, "waits.js")
LIVE = script(__file__, "live.js")
