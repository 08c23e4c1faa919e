#include "request.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 4
#define VALUE 5

static const char magic[] = {'S', 'S', 'D', 1};

void sscard_put(unsigned char *at, unsigned long value)
{
    at[0] = (unsigned char)(value >> 24);
    at[1] = (unsigned char)(value >> 16);
    at[2] = (unsigned char)(value >> 8);
    at[3] = (unsigned char)value;
}

unsigned long sscard_get(const unsigned char *at)
{
    return (unsigned long)at[0] << 24 | (unsigned long)at[1] << 16 | (unsigned long)at[2] << 8
        | at[3];
}

/* Bytes in a string, at most one more than is allowed: what has no end is not searched for it. */
static size_t length(const char *text)
{
    const char *end = memchr(text, 0, SSCARD_LONGEST + 1);
    return end == NULL ? SSCARD_LONGEST + 1 : (size_t)(end - text);
}

/* Bytes that the values take; 0 where a string is missing or too long. */
static size_t measured(const char *kinds, va_list values)
{
    size_t size = 0;

    for (; *kinds; kinds++) {
        if (*kinds == 'i') {
            (void)va_arg(values, int);
        } else {
            const char *text = va_arg(values, const char *);
            size_t bytes = text == NULL ? SSCARD_LONGEST + 1 : length(text);
            if (bytes > SSCARD_LONGEST)
                return 0;
            size += bytes;
        }
        size += VALUE;
    }
    return size;
}

static unsigned char *put_value(unsigned char *at, char kind, unsigned long value)
{
    *at = (unsigned char)kind;
    sscard_put(at + 1, value);
    return at + VALUE;
}

unsigned char *sscard_request(const char *name, const char *kinds, va_list values, long *size)
{
    size_t name_size = strlen(name), values_size, whole;
    unsigned char *frame, *at, *end;
    va_list measuring;

    va_copy(measuring, values);
    values_size = measured(kinds, measuring);
    va_end(measuring);
    if (values_size == 0) {
        *size = SSCARD_PARAMETER;
        return NULL;
    }
    whole = sizeof magic + 1 + name_size + 1 + values_size;
    frame = at = malloc(HEAD + whole);
    if (frame == NULL) {
        *size = SSCARD_LIBRARY;
        return NULL;
    }
    end = frame + HEAD + whole;
    sscard_put(at, (unsigned long)whole);
    memcpy(at += HEAD, magic, sizeof magic);
    *(at += sizeof magic) = (unsigned char)name_size;
    memcpy(++at, name, name_size);
    *(at += name_size) = (unsigned char)strlen(kinds);
    at++;
    for (; *kinds; kinds++) {
        if (*kinds == 'i') {
            at = put_value(at, 'i', (unsigned long)va_arg(values, int));
        } else {
            const char *text = va_arg(values, const char *);
            size_t bytes = length(text);
            if (bytes > (size_t)(end - at) - VALUE) { /* changed meanwhile by another thread */
                free(frame);
                *size = SSCARD_PARAMETER;
                return NULL;
            }
            at = put_value(at, 's', (unsigned long)bytes);
            memcpy(at, text, bytes);
            at += bytes;
        }
    }
    *size = (long)(HEAD + whole);
    return frame;
}
