"""What training looks like: curves, the output over the plane, drawn digits, mistakes, and the table of runs."""
