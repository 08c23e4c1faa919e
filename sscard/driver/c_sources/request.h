/* A call of one of the driver's functions as bytes; docs/driver-library.md has the layout. */

#ifndef SSCARD_REQUEST_H
#define SSCARD_REQUEST_H

#include <stdarg.h>
#include <stddef.h>

/* Bytes of a string argument, and of an answer, without NUL. */
#define SSCARD_LONGEST 65535

/* Where the service is, and bytes that it may answer, where no SSCardDriver.ini says otherwise. */
#define SSCARD_PORT 7447
#define SSCARD_ROOM 16384

#define SSCARD_LIBRARY (-5)
#define SSCARD_READER (-11)
#define SSCARD_PARAMETER (-14)
#define SSCARD_LENGTH (-42)

/* The frame of a call, to be freed, and its size; NULL where a string is missing or too long, with
   the code in size, or where there is no memory.  kinds has an i or s for each value. */
unsigned char *sscard_request(const char *name, const char *kinds, va_list values, long *size);

/* Four bytes, the first one the highest. */
void sscard_put(unsigned char *at, unsigned long value);
unsigned long sscard_get(const unsigned char *at);

/* What the functions of the interface call. */
long sscard_forward(const char *name, char *out, const char *kinds, ...);

#endif
