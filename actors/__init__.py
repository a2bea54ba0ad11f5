"""The ladder as processes: every match, player session and the matchmaker is a supervised actor."""
