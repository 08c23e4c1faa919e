"""The driver as other programs see it: configuration, readers, a C library, a service on loopback.

What the functions of the driver do is `sscard.terminal.driver`; here they meet readers, people who
type PINs, and programs in other languages.
"""
