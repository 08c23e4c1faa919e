/* What programs in the field do: one buffer for argument and answer, and a locale of their own.
   Prints code and answer, and whether the locale is still the program's. */

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "sscarddriver.h"

/* The items of a basic read that pCardInfo has, from one answer: 卡识别码|卡号| */
static void keep(char *info, const char *basic)
{
    char items[4][64] = {"", "", "", ""};

    sscanf(basic, "%63[^|]|%63[^|]|%63[^|]|%63[^|]|", items[0], items[1], items[2], items[3]);
    sprintf(info, "%s|%s|", items[3], items[2]);
}

int main(void)
{
    static char buffer[16384], info[256], address[] = "SSSEEF05|07|$";
    char before[64];
    long code;

    snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
    iReadCardBas(1, buffer);
    keep(info, buffer);
    strcpy(buffer, info);
    code = iReadCard(1, 1, buffer, address, buffer);
    printf("%ld %s\n", code, buffer);
    puts(strcmp(before, setlocale(LC_ALL, NULL)) == 0 ? "same locale" : setlocale(LC_ALL, NULL));
    return 0;
}
