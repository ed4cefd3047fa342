"""The measures: what texts and students are worth beside human data; plain values in, plain values out."""
