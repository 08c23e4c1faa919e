"""The certificate application's part of a trace: keys, certificates, PINs (ssc-more 1)."""
