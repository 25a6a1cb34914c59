"""What gathers the results of each section, one module each with the name of the section, found by directory."""
