"""The report: plain values in, one self-contained HTML file out."""
