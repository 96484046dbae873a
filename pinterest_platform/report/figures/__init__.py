"""Charts in SVG, one module for each kind; `svg` has their elements. `sections` decides which results get a chart."""
