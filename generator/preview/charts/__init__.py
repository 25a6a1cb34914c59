"""Charts as SVG text: no script, no style attribute, no id. Colours and fonts are classes of the page's style sheet."""
