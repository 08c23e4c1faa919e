"""The certificate functions of the driver: keys, certificates, signatures (ssc-more 1.5, 1.6).

Which functions there are and what they take is public (ssc-more 1.5 [1], 1.6 [S]); how their
strings look is not.  Assumed here:

* ``iType`` is the interface in all of them, PKI_SignData and PKI_VerifySign too.
* Bytes are hexadecimal, certificates base64 of their DER, as the CA gives them (ssc-more 1.5 [1]);
  one value stands without a bar behind it and is taken with or without one.
* What is signed are the bytes of the argument as they stand, in GBK; with Z of the default name.
* PKI_VerifySign without a certificate takes the card's own; with one it touches no card.
* Without a PIN in the arguments the holder types it.
"""
