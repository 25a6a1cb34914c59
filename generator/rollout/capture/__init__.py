"""`obsgen capture`: the calls that read what a capture has, and the folder that they fill."""
