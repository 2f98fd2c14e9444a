"""Pages for people, each one HTML file that opens offline: no script, no address, charts as SVG within."""
