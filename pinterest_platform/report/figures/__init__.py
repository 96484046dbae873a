"""Pictures in SVG, one module a kind; `svg` is what they are made of. What is worth a picture is for `sections`."""
