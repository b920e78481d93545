"""Values of `assets/look/tokens.css` that Python needs. A test compares them with the file."""

BREAKPOINT_PHONE = 640
BREAKPOINT_TABLET = 900
BREAKPOINT_DESKTOP = 1180

# Stylesheets of the pages, in the order of the cascade; paths below assets/. A new page adds its own file here.
STYLESHEETS = (
    "look/tokens.css",
    "look/base.css",
    "look/shell.css",
    "look/sign_in.css",
    "look/gallery.css",
    "look/template.css",
    "look/projects.css",
    "look/studio.css",
    "look/jobs.css",
    "look/designer.css",
)
