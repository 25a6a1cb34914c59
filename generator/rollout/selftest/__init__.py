"""`obsgen selftest`: experiments that ask AWS what its documentation leaves open, and remove what they created."""
