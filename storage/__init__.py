"""The PostgreSQL side, and other foreign formats such as replays."""
