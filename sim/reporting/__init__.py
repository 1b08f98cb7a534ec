"""From numbers to sentences and tables: terminal, notebook, page, CSV, LaTeX."""
