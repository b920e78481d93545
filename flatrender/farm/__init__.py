"""Tasks and nodes: the queue, and nothing of what a task means."""
