"""Components: `base` (buttons, fields, pills), `overlay` (menus, dialogs), `shell` (the frame of pages), and those of
single pages. A component with a script of its own keeps the JSX beside its Python wrapper (see docs/ui.md)."""
