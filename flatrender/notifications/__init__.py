"""Who is told of what happened: callbacks and Slack, from the outbox. Above the domains; none of them knows of it."""
