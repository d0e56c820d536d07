"""CrossMamba target speaker extraction: the model as a sequence and as a recurrence, its training and its export.

Glossary, code name -> the Mamba papers' symbol: `A_log` log(−A) · `B`, `C` input and output matrices of the state space (here C comes
from the query) · `delta` Δ · `D` skip · `conv_state`, `ssm_state` what a step keeps · S sequences, T hops, K bands.
"""
