"""Keys in another machine: a small service over TLS, its client, and offices' string forms.

``messages`` and ``wire`` are what goes over the line, ``server`` and ``clients`` the side with the
keys, ``client`` and ``configuration`` the other; ``union_strings`` speaks one province's dialect,
``hsm`` that of the driver's steps.
"""
