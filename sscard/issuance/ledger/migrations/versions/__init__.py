"""One module per revision, in plain values: later changes of the code change no step."""
