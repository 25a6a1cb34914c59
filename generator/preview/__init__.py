"""One page about a build: its dashboards, alarms, accounts, and what differs from a revision."""
