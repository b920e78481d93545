"""The stylesheets of the pages. Colours, sizes and times themselves are in `assets/look/tokens.css` alone."""

# In the order of the cascade; paths below assets/. A new page adds its own file here.
STYLESHEETS = (
    "look/tokens.css",
    "look/base.css",
    "look/shell.css",
    "look/bell.css",
    "look/sign_in.css",
    "look/gallery.css",
    "look/template.css",
    "look/projects.css",
    "look/home.css",
    "look/palette.css",
    "look/studio.css",
    "look/timeline.css",
    "look/media.css",
    "look/jobs.css",
    "look/admin.css",
    "look/farm.css",
    "look/designer.css",
    "look/sites.css",
)
