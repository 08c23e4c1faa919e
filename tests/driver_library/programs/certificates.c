/* A kiosk's work with certificates: it prints the card's signature key, takes the five answers of a
   CA from its input, a line each, writes them in two steps and once more in one, signs, and checks
   the signature with the card's certificate, with the one it wrote, and over another text. */

#include <stdio.h>
#include <string.h>

#include "sscarddriver.h"

static char out[16384], signature[16384], lines[5][8192];

int main(void)
{
    char pin[] = "123456", text[] = "\xce\xd2\xcd\xac\xd2\xe2", other[] = "x", none[] = "";
    char master[] = "00112233445566778899AABBCCDDEEFF", admin[] = "12345678";
    char *sign = lines[0], *encryption = lines[1], *envelope = lines[2];

    printf("%ld ", iReadSignatureKey(3, out));
    puts(out);
    fflush(stdout);
    for (int i = 0; i < 5; i++)
        if (fgets(lines[i], sizeof lines[i], stdin) == NULL)
            return 1;
        else
            lines[i][strcspn(lines[i], "\n")] = 0;
    printf("%ld ", iWriteCaStep1(3, pin, out));
    printf("%ld ", iWriteCaStep2(pin, envelope, encryption, sign, master, lines[4], admin,
                                 lines[3], out));
    printf("%ld ", iWriteCA(1, sign, encryption, envelope, lines[3], lines[4], out));
    printf("%ld ", PKI_SignData(pin, text, 1, signature));
    printf("%ld ", PKI_VerifySign(none, none, text, signature, 1, out));
    printf("%ld ", PKI_VerifySign(none, sign, text, signature, 1, out));
    printf("%ld\n", PKI_VerifySign(none, sign, other, signature, 1, out));
    puts(signature);
    return 0;
}
