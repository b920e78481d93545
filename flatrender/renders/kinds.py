"""Kinds of tasks that rendering owns. The farm carries them unread; workers have the handlers."""

VALIDATE = "validate"  # owner: a render job; checks and plans it
FRAMES = "frames"  # owner: a render job; a range of a long scene's frames, for its scene task to join
SCENE = "scene"  # owner: a render job; one scene film into the cache
COMPOSE = "compose"  # owner: a render job; joins scene films, mixes music, stores the export
SNAPSHOT = "snapshot"  # one frame of a project as a picture
PREVIEW = "preview"  # a template's moving preview and posters

VALIDATE_PROJECT = "validate-project"  # owner: a render job of the render manager; is the file whole, what is in it
RENDER_PROJECT = "render-project"  # owner: such a job; the installed After Effects renders it

VALIDATING = (VALIDATE, VALIDATE_PROJECT)
JOB_KINDS = (VALIDATE, FRAMES, SCENE, COMPOSE, VALIDATE_PROJECT, RENDER_PROJECT)
