/* As a hospital's program has it: the library by its name, its functions by theirs. */

#include <windows.h>

#include <stdio.h>
#include <string.h>

typedef long(__stdcall *basic_function)(int, char *);
typedef long(__stdcall *read_function)(int, int, char *, char *, char *);
typedef long(__stdcall *sign_function)(char *, char *, int, char *);
typedef long(__stdcall *step_function)(char *, char *, char *, char *, char *, char *, char *,
                                       char *, char *);

int main(int count, char **words)
{
    static char out[16384], endless[70000];
    HMODULE library = LoadLibraryA(words[count - 1]);
    basic_function basic;
    read_function reading;
    sign_function signing;
    step_function steps;
    long wrong = 0;

    if (library == NULL) {
        printf("LoadLibrary: %lu\n", GetLastError());
        return 1;
    }
    basic = (basic_function)(void *)GetProcAddress(library, "iReadCardBas");
    reading = (read_function)(void *)GetProcAddress(library, "iReadCard");
    signing = (sign_function)(void *)GetProcAddress(library, "PKI_SignData");
    steps = (step_function)(void *)GetProcAddress(library, "iWriteCaStep2");
    for (int i = 0; i < 20; i++) /* another convention would move the stack each time */
        wrong += basic(1, out) != 0;
    printf("%ld\n%s\n", wrong, out);
    memset(endless, 'x', sizeof endless - 1);
    printf("%ld %ld ", basic(1, NULL), reading(1, 1, NULL, out, out));
    printf("%ld %ld\n", reading(1, 1, endless, out, out), basic(9, out));
    printf("%ld ", signing("123456", "x", 1, out));
    printf("%ld\n", steps("123456", "", "", "", "", "", "", "", out));
    SetEnvironmentVariableA("SSCARD_DRIVER_PORT", words[1]); /* who answers more than there is room */
    memset(out, 0, sizeof out);
    printf("%ld ", basic(1, out));
    printf("%d\n", out[0] | out[1] | out[sizeof out - 1]);
    SetEnvironmentVariableA("SSCARD_DRIVER_PORT", "1");
    printf("%ld\n", basic(1, out));
    return 0;
}
