"""The ministry's test of sample cards before a region issues (通用性检测): the application.

A region sends sample cards of its real issuing system with an application; keys are proven with
the national PSAM, not with a key store.  What it declares stands in a TOML file, the application
pack.
"""
