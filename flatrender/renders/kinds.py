"""Kinds of tasks that rendering owns. The farm carries them unread; workers have the handlers."""

VALIDATE = "validate"  # owner: a render job; checks and plans it
SCENE = "scene"  # owner: a render job; one scene film into the cache
COMPOSE = "compose"  # owner: a render job; joins scene films, mixes music, stores the export
SNAPSHOT = "snapshot"  # one frame of a project as a picture
PREVIEW = "preview"  # a template's moving preview and posters

JOB_KINDS = (VALIDATE, SCENE, COMPOSE)
