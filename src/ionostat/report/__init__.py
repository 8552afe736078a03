"""How results are shown: tables, sentences, figures, equations and JSON records. Nothing here computes a result."""
