/* SSCardDriver.dll: every call goes to "sscard terminal serve" on this machine, one connection for
   each.  The port is in the variable SSCARD_DRIVER_PORT, else in SSCardDriver.ini beside the
   library, [service] port=, else SSCARD_PORT.  What is longer than [answers] longest= there, else
   SSCARD_ROOM, is not given to the program: whoever has taken the port could overrun it. */

#include <winsock2.h>
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "request.h"

#define HEAD 4
#define CODE 4

static HINSTANCE library;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        library = instance;
        DisableThreadLibraryCalls(instance);
    }
    return TRUE;
}

/* A number from 1 to 65535 in the file beside the library. */
static long configured(const char *section, const char *entry, long otherwise)
{
    char path[MAX_PATH], *dot;
    long found;

    if (GetModuleFileNameA(library, path, sizeof path) >= sizeof path)
        return otherwise;
    dot = strrchr(path, '.');
    if (dot == NULL || (size_t)(path + sizeof path - dot) <= 4)
        return otherwise;
    memcpy(dot, ".ini", 5);
    found = (long)GetPrivateProfileIntA(section, entry, (INT)otherwise, path);
    return found > 0 && found < 65536 ? found : otherwise;
}

static unsigned short port(void)
{
    char text[16];
    DWORD size = GetEnvironmentVariableA("SSCARD_DRIVER_PORT", text, sizeof text);
    long found = size > 0 && size < sizeof text ? atol(text) : 0;

    if (found <= 0 || found > 65535)
        found = configured("service", "port", SSCARD_PORT);
    return (unsigned short)found;
}

static SOCKET connected(void)
{
    struct sockaddr_in address;
    SOCKET line = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    if (line == INVALID_SOCKET)
        return line;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(line, (struct sockaddr *)&address, sizeof address) == 0)
        return line;
    closesocket(line);
    return INVALID_SOCKET;
}

static int sent(SOCKET line, const unsigned char *data, long size)
{
    while (size > 0) {
        int part = send(line, (const char *)data, (int)size, 0);
        if (part <= 0)
            return 0;
        data += part;
        size -= part;
    }
    return 1;
}

static int received(SOCKET line, unsigned char *data, long size)
{
    while (size > 0) {
        int part = recv(line, (char *)data, (int)size, 0);
        if (part <= 0)
            return 0;
        data += part;
        size -= part;
    }
    return 1;
}

/* The code; the answer is in out, with its NUL.  How long it may be is the service's to say. */
static long answered(SOCKET line, char *out)
{
    unsigned char head[HEAD + CODE];
    unsigned long size;
    unsigned char *answer;

    if (!received(line, head, sizeof head))
        return SSCARD_READER;
    size = sscard_get(head);
    if (size < CODE || size > CODE + SSCARD_LONGEST)
        return SSCARD_READER;
    size -= CODE;
    if (size >= (unsigned long)configured("answers", "longest", SSCARD_ROOM))
        return SSCARD_LENGTH;
    answer = malloc(size + 1);
    if (answer == NULL)
        return SSCARD_LIBRARY;
    if (!received(line, answer, (long)size)) {
        free(answer);
        return SSCARD_READER;
    }
    answer[size] = 0;
    memcpy(out, answer, size + 1);
    free(answer);
    return (long)(int)sscard_get(head + HEAD);
}

static long exchanged(const unsigned char *request, long size, char *out)
{
    long code = SSCARD_READER;
    SOCKET line = connected();

    if (line == INVALID_SOCKET)
        return code;
    if (sent(line, request, size))
        code = answered(line, out);
    closesocket(line);
    return code;
}

long sscard_forward(const char *name, char *out, const char *kinds, ...)
{
    unsigned char *request;
    va_list values;
    WSADATA network;
    long size, code;

    if (out == NULL)
        return SSCARD_PARAMETER;
    va_start(values, kinds);
    request = sscard_request(name, kinds, values, &size);
    va_end(values);
    *out = 0; /* not before: a program may give one buffer for an argument and the answer */
    if (request == NULL)
        return size;
    code = SSCARD_LIBRARY;
    if (WSAStartup(MAKEWORD(2, 2), &network) == 0) {
        code = exchanged(request, size, out);
        WSACleanup();
    }
    free(request);
    return code;
}
